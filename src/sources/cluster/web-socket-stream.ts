import type { ClientRequest, Agent as HttpAgent, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { createWebSocketStream, WebSocket } from "ws";

export interface WebSocketStreamOptions {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly agent: HttpAgent;
  /** TLS options of the connection to the server. */
  readonly tls: object | undefined;
  /** Milliseconds. */
  readonly answerTimeout: number;
}

/** The server did not switch to the requested protocol. */
export class NoWebSocketError extends Error {
  override readonly name = "NoWebSocketError";
  readonly code = "no-web-socket";
  /** Its body was not read. */
  readonly response: IncomingMessage;

  constructor(response: IncomingMessage) {
    super(`the server answered ${response.statusCode}`);
    this.response = response;
  }
}

/** A frame of SPDY is at most 16 MB, and a server puts at most one into a message. */
const MAX_MESSAGE = 16 * 1024 * 1024;

/**
 * A connection whose bytes are carried in the messages of a WebSocket.
 * @param protocol of the messages. Kubernetes uses slashes in such names, which the grammar forbids and the library
 * refuses; so the library isn't given the name, and the answer is checked here.
 * @throws NoWebSocketError, or the connection's error
 */
export function openWebSocketStream(
  url: URL,
  protocol: string,
  { headers, agent, tls, answerTimeout }: WebSocketStreamOptions,
): Promise<Duplex> {
  const address = new URL(url);
  address.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address, [], {
    ...tls,
    agent,
    headers: { ...headers, "sec-websocket-protocol": protocol },
    handshakeTimeout: answerTimeout,
    maxPayload: MAX_MESSAGE,
    // Compression costs more than it saves on data between programs.
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.once("unexpected-response", (_request: ClientRequest, response) => {
      reject(new NoWebSocketError(response));
    });
    socket.once("upgrade", (response) => {
      if (response.headers["sec-websocket-protocol"] === protocol) {
        delete response.headers["sec-websocket-protocol"];
        return;
      }
      reject(new NoWebSocketError(response));
      socket.terminate();
    });
    socket.once("open", () => {
      const stream = createWebSocketStream(socket);
      // The error is reported to the owner of the connection.
      stream.on("error", () => {});
      resolve(stream);
    });
  });
}
