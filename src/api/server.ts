import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { KeyPair } from "../certificates/authority.ts";
import { hostPort } from "../net/host-port.ts";
import type { ListenAddress } from "../net/listen-address.ts";
import { ApiHandler, type ApiOptions, sendJson } from "./handler.ts";
import { StatusError } from "./status.ts";

export interface ApiServerOptions extends Omit<ApiOptions, "address"> {
  /** The token: clients with it may do everything, others nothing. */
  readonly token: string;
  readonly certificate: KeyPair;
}

export interface ApiServer {
  readonly host: string;
  readonly port: number;
  /** @param grace milliseconds for requests in progress. Watches are ended at once. */
  close(grace?: number): Promise<void>;
}

/** The limit of Go's servers: control loops send long selectors. */
const MAX_HEAD = 1024 * 1024;

/** Paths without authentication, as at a real API server: they reveal nothing of the cluster. */
const OPEN: ReadonlySet<string> = new Set(["/healthz", "/livez", "/readyz", "/version"]);

/**
 * Serves the Kubernetes API over TLS.
 * @throws the error of listening
 */
export async function listenApi(
  options: ApiServerOptions,
  { host, port }: ListenAddress,
): Promise<ApiServer> {
  let bound: ListenAddress = { host, port };
  const handler = new ApiHandler({ ...options, address: () => hostPort(bound.host, bound.port) });
  const expected = Buffer.from(`Bearer ${options.token}`);
  const { cert, key } = options.certificate;
  const server = createServer(
    {
      cert,
      key,
      minVersion: "TLSv1.2",
      keepAliveTimeout: 60_000,
      requestTimeout: 60_000,
      maxHeaderSize: MAX_HEAD,
    },
    (request, response) => {
      if (isAllowed(request, expected)) void handler.handle(request, response);
      else refuse(request, response);
    },
  );
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => {});
    if (isAllowed(request, expected)) handler.upgrade(request, socket, head);
    else socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  // A client that breaks the connection, or doesn't speak TLS, is no error of the server.
  server.on("tlsClientError", () => {});
  server.on("clientError", ({ code }: NodeJS.ErrnoException, socket) => {
    const status =
      code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
    if (socket.writable && code !== "ECONNRESET")
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", options.onError);
  const address = server.address() as AddressInfo;
  bound = { host: address.address, port: address.port };
  return { ...bound, close: (grace) => closeServer(server, grace) };
}

function closeServer(server: Server, grace = 0): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), Math.min(grace, 500)).unref();
  });
}

/** The token is accepted only in a header, which pages of other origins can't send (CSRF). */
function isAllowed({ url = "", headers }: IncomingMessage, expected: Buffer): boolean {
  if (OPEN.has(url.split("?", 1)[0]!)) return true;
  const given = Buffer.from(headers.authorization ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  // The body of an unauthenticated client is not read.
  response.setHeader("connection", "close");
  response.once("finish", () => request.destroy());
  sendJson(response, new StatusError(401, "Unauthorized", "Unauthorized"));
}
