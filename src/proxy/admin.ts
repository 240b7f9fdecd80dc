import http from "node:http";
import type { AddressInfo } from "node:net";
import { type Listening, type ListenOptions, listening } from "./gateway.ts";
import type { TrafficMetrics } from "./metrics.ts";

export interface AdminOptions {
  readonly metrics: TrafficMetrics;
  /** Whether everything that should listen does. Default: always. */
  readonly healthy?: () => boolean;
}

/** `/metrics` and `/healthz`, on a listener of their own so that no Service name can reach them. */
export async function listenAdmin(
  { metrics, healthy = () => true }: AdminOptions,
  { host = "127.0.0.1", port }: ListenOptions,
): Promise<Listening> {
  const server = http.createServer((req, res) => {
    const path = req.url?.split("?", 1)[0];
    if (path === "/metrics") {
      res.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      res.end(metrics.render());
    } else if (path === "/healthz") {
      const ok = healthy();
      res.statusCode = ok ? 200 : 503;
      res.end(ok ? "ok\n" : "not everything listens\n");
    } else {
      res.statusCode = 404;
      res.end("there are /metrics and /healthz\n");
    }
  });
  await listening(server, host, port);
  const bound = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { host: bound.address, port: bound.port, close, [Symbol.asyncDispose]: close };
}
