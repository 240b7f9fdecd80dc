import net from "node:net";

/** Where to listen. Port 0 is any free one. */
export interface ListenOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** A listening server. */
export interface Listening extends AsyncDisposable {
  /** The bound address. */
  readonly host: string;
  readonly port: number;
  /**
   * Stops listening, lets requests in progress end, and closes idle connections.
   * @param grace milliseconds after which the rest is cut off. Default: 10,000.
   */
  close(grace?: number): Promise<void>;
}

/** Serves connections once they are accepted. */
export interface Serving {
  /** Serves the connections of a server that is about to listen. */
  accept(server: net.Server): void;
  /** Resolves when all connections are closed. @param grace milliseconds after which the rest is cut off */
  close(grace: number): Promise<void>;
}

const DEFAULT_GRACE = 10_000;

/**
 * Listens for TCP connections and hands them to what serves them.
 * @throws the system's error (`EADDRINUSE`, `EACCES`…) when the address cannot be had.
 */
export async function listenTcp(
  serving: Serving,
  { host = "127.0.0.1", port }: ListenOptions,
  onError: (error: Error) => void,
): Promise<Listening> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  serving.accept(server);
  await listening(server, host, port);
  server.on("error", onError);
  const bound = server.address() as net.AddressInfo;
  let closing: Promise<void> | undefined;
  const close = (grace = DEFAULT_GRACE): Promise<void> => {
    closing ??= Promise.all([
      new Promise<void>((resolve) => server.close(() => resolve())),
      serving.close(grace),
    ]).then(() => {});
    return closing;
  };
  return { host: bound.address, port: bound.port, close, [Symbol.asyncDispose]: () => close() };
}

/** Resolves when the server listens, rejects when it can't. */
export function listening(server: net.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}
