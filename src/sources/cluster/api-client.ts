import {
  type ClientRequest,
  type Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { CredentialSource, Credentials } from "./credentials.ts";
import type { ClusterEntry } from "./kubeconfig.ts";
import { serverAgent, serverTls } from "./server-agent.ts";
import { NoWebSocketError, openWebSocketStream } from "./web-socket-stream.ts";

/** The API server answered with an error. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code = "api-refused";
  readonly status: number;
  /** The reason of the Status object: `Forbidden`, `Expired`, …; empty where the answer is none. */
  readonly reason: string;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Requests to a cluster never change anything. POST opens a port-forward over SPDY, which is authorized as `create`.
 */
type Method = "GET" | "POST";

/** Time limit for the head and the first bytes of an answer; callers limit how long the body takes. */
const ANSWER_TIMEOUT = 30_000;
/** Larger bodies are not expected: pages have 500 objects. */
const MAX_BODY = 256 * 1024 * 1024;

export interface ApiClientOptions {
  readonly cluster: ClusterEntry;
  readonly credentials: CredentialSource;
  readonly userAgent: string;
  /** Milliseconds. Default: 30 s. */
  readonly answerTimeout?: number;
}

/** Reads from one API server over kept connections. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #agents = new Map<string, HttpAgent>();
  readonly server: URL;

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.server = options.cluster.server;
  }

  /**
   * The JSON that a path answers with.
   * @throws ApiError, CredentialsError, or the connection's error
   */
  async get(path: string, query: Query = {}, signal?: AbortSignal): Promise<unknown> {
    const response = await this.open(path, query, signal);
    const body = await readBody(response);
    try {
      return JSON.parse(body);
    } catch {
      throw new ApiError(response.statusCode ?? 0, "", `${path} answered with no JSON`);
    }
  }

  /**
   * The open answer to a GET after its head was read and had status 200.
   * @throws ApiError, CredentialsError, or the connection's error
   */
  open(path: string, query: Query = {}, signal?: AbortSignal): Promise<IncomingMessage> {
    return this.#authorized(async (credentials) => {
      const response = await this.#send(path, query, credentials, signal);
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return response;
      throw errorOf(response, await readBody(response));
    });
  }

  /**
   * Switches to another protocol.
   * @returns the connection, with bytes that were read already put back
   * @throws ApiError when the server refuses, CredentialsError, or the connection's error
   */
  upgrade(path: string, headers: Readonly<Record<string, string>>): Promise<Duplex> {
    return this.#authorized((credentials) => {
      const request = this.#request("POST", path, {}, credentials, undefined, {
        ...headers,
        connection: "Upgrade",
        "content-length": "0",
      });
      const { promise, resolve, reject } = withResolvers<Duplex>();
      request.once("upgrade", (_response, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      request.once("response", (response) => {
        readBody(response).then((body) => reject(errorOf(response, body)), reject);
      });
      request.once("error", reject);
      request.end();
      return promise;
    });
  }

  /**
   * A connection whose bytes are carried in the messages of a WebSocket.
   * @throws ApiError when the server refuses, CredentialsError, or the connection's error
   */
  webSocket(path: string, protocol: string): Promise<Duplex> {
    return this.#authorized(async (credentials) => {
      try {
        return await openWebSocketStream(this.#urlOf(path, {}), protocol, {
          headers: this.#headersOf(credentials),
          agent: this.#agentFor(credentials),
          tls: this.#tlsOf(credentials),
          answerTimeout: this.#timeout,
        });
      } catch (error) {
        if (!(error instanceof NoWebSocketError)) throw error;
        const { response } = error;
        if (response.statusCode !== 101) throw errorOf(response, await readBody(response));
        throw new ApiError(101, "", `${path} is served in a WebSocket, but not by ${protocol}`);
      }
    });
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  /** With credentials, and once more with new ones where the server rejects them. */
  async #authorized<T>(send: (credentials: Credentials) => Promise<T>): Promise<T> {
    const { credentials: source } = this.#options;
    const credentials = await source.get();
    try {
      return await send(credentials);
    } catch (error) {
      const isUnknown = error instanceof ApiError && error.status === 401;
      if (!isUnknown || !source.renewable) throw error;
      // They may have been revoked or have expired early.
      source.refused(credentials);
      return send(await source.get());
    }
  }

  #send(
    path: string,
    query: Query,
    credentials: Credentials,
    signal: AbortSignal | undefined,
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = withResolvers<IncomingMessage>();
    const request = this.#request("GET", path, query, credentials, signal, {});
    request.once("response", resolve);
    request.once("error", reject);
    request.end();
    return promise;
  }

  #request(
    method: Method,
    path: string,
    query: Query,
    credentials: Credentials,
    signal: AbortSignal | undefined,
    headers: Readonly<Record<string, string>>,
  ): ClientRequest {
    const url = this.#urlOf(path, query);
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send(url, {
      method,
      agent: this.#agentFor(credentials),
      ...this.#tlsOf(credentials),
      headers: { ...this.#headersOf(credentials), accept: "application/json", ...headers },
      ...(signal && { signal }),
    });
    const timer = setTimeout(() => {
      request.destroy(new Error(`${url.host} did not answer within ${this.#timeout / 1000} s`));
    }, this.#timeout);
    for (const event of ["response", "upgrade", "close"]) {
      request.once(event, () => clearTimeout(timer));
    }
    return request;
  }

  #urlOf(path: string, query: Query): URL {
    const url = new URL(this.server.href.replace(/\/$/, "") + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  #headersOf({ headers }: Credentials): Record<string, string | string[]> {
    return {
      ...(headers as Record<string, string | string[]>),
      "user-agent": this.#options.userAgent,
    };
  }

  #tlsOf({ certificate }: Credentials): object | undefined {
    const { cluster } = this.#options;
    return this.server.protocol === "https:" ? serverTls(cluster, certificate) : undefined;
  }

  get #timeout(): number {
    return this.#options.answerTimeout ?? ANSWER_TIMEOUT;
  }

  /** One agent for each client certificate: a kept connection stays authenticated by the one it was made with. */
  #agentFor({ certificate }: Credentials): HttpAgent {
    const id = certificate === undefined ? "" : String(certificate.cert);
    let agent = this.#agents.get(id);
    if (agent === undefined) {
      agent = serverAgent(this.#options.cluster);
      for (const old of this.#agents.values()) old.destroy();
      this.#agents.clear();
      this.#agents.set(id, agent);
    }
    return agent;
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) throw new Error(`an answer of more than ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The error for a Status object, or for an answer without one. */
function errorOf(response: IncomingMessage, body: string): ApiError {
  const status = response.statusCode ?? 0;
  const seconds = Number(response.headers["retry-after"]);
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
  try {
    const { kind, reason, message } = JSON.parse(body);
    if (kind === "Status" && typeof message === "string") {
      return new ApiError(status, String(reason ?? ""), message, retryAfter);
    }
  } catch {}
  const start = body.trim().slice(0, 200);
  return new ApiError(
    status,
    "",
    `${status} ${response.statusMessage ?? ""} ${start}`.trim(),
    retryAfter,
  );
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
