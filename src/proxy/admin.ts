import http from "node:http";
import type { AddressInfo } from "node:net";
import { familyOf } from "../net/address.ts";
import { parseAuthority } from "./authority.ts";
import { type Listening, type ListenOptions, listening } from "./listen-tcp.ts";
import type { TrafficMetrics } from "./metrics.ts";

/** What the admin server reports. */
export interface AdminOptions {
  readonly metrics: TrafficMetrics;
  /** What is wrong at the moment, one line each; the gateway keeps serving nevertheless. Default: nothing. */
  readonly trouble?: () => readonly string[];
  /** Called with errors while it listens, such as a connection that can't be accepted. */
  readonly onError?: (error: Error) => void;
}

/**
 * `/metrics` and `/healthz`, on a listener of their own so that no Service name can reach them. Requests for other
 * names than localhost and addresses get 421.
 */
export async function listenAdmin(
  { metrics, trouble = () => [], onError = () => {} }: AdminOptions,
  { host = "127.0.0.1", port }: ListenOptions,
): Promise<Listening> {
  const server = http.createServer((req, res) => {
    const path = req.url?.split("?", 1)[0];
    if (!isOwnName(req.headers.host, host)) {
      res.statusCode = 421;
      res.end("this is asked for by an address, or as localhost\n");
    } else if (path === "/metrics") {
      res.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      res.end(metrics.render());
    } else if (path === "/healthz") {
      const wrong = trouble();
      res.statusCode = wrong.length === 0 ? 200 : 503;
      res.end(wrong.length === 0 ? "ok\n" : wrong.map((line) => `degraded: ${line}\n`).join(""));
    } else {
      res.statusCode = 404;
      res.end("there are /metrics and /healthz\n");
    }
  });
  await listening(server, host, port);
  server.on("error", onError);
  const bound = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { host: bound.address, port: bound.port, close, [Symbol.asyncDispose]: close };
}

/**
 * Protects against DNS rebinding, where a web page's own host name resolves to this machine so that the page may read
 * the answer: only IP addresses, localhost and the name that the server listens on are accepted as Host.
 */
function isOwnName(host: string | undefined, listensBy: string): boolean {
  if (host === undefined) return true;
  const name = parseAuthority(host)?.host;
  if (name === undefined) return false;
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === listensBy.toLowerCase() ||
    familyOf(name) !== undefined
  );
}
