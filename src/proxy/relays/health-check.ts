import http from "node:http";
import type { Balancer } from "../../balancer/balancer.ts";
import type { Binder } from "../../net/binder.ts";
import type { Service } from "../../objects/service.ts";
import type { Relay } from "./relay.ts";

export interface HealthCheckOptions {
  readonly host: string;
  readonly binder: Binder;
  readonly balancer: Balancer;
  /** The Service as it is now; undefined when it is gone. */
  readonly service: () => Service | undefined;
  readonly onListenError: (error: Error) => void;
}

/**
 * A Service's health check node port (P.7): says whether this node has ready endpoints, so that load balancers send
 * it traffic only then. Any path is answered.
 */
export function healthCheck(port: number, options: HealthCheckOptions): Relay {
  const server = http.createServer((_req, res) => {
    const service = options.service();
    const count = service === undefined ? 0 : localEndpoints(service, options.balancer);
    const { namespace = "", name = "" } = service?.metadata ?? {};
    res.writeHead(count > 0 ? 200 : 503, {
      "Content-Type": "application/json",
      "X-Content-Type-Options": "nosniff",
      "X-Load-Balancing-Endpoint-Weight": String(count),
    });
    res.end(
      JSON.stringify({
        service: { namespace, name },
        localEndpoints: count,
        serviceProxyHealthy: true,
      }),
    );
  });
  let pending: Promise<void> = Promise.resolve();
  let settle = () => {};
  let wanted = false;
  server.on("listening", () => settle());
  server.on("error", (error) => {
    options.onListenError(error);
    settle();
  });

  return {
    get isListening() {
      return server.listening;
    },
    isIdle: true,
    setOpen(open) {
      if (open === wanted) return;
      wanted = open;
      if (!open) {
        server.close();
        server.closeAllConnections();
        return;
      }
      pending = new Promise((resolve) => {
        settle = resolve;
        options.binder.listen(server, options.host, port);
      });
    },
    settled: () => pending,
    async close() {
      this.setOpen(false);
    },
  };
}

/** Ready endpoints on this node, each pod counted once however many ports it serves. */
export function localEndpoints(service: Service, balancer: Balancer): number {
  const addresses = new Set<string>();
  for (const port of service.spec.ports ?? []) {
    for (const backend of balancer.portOf(service, port).table.all) {
      if (backend.ready && backend.local) addresses.add(backend.address);
    }
  }
  return addresses.size;
}

/** The port, if the Service uses one: type LoadBalancer with externalTrafficPolicy Local. */
export function healthCheckPort({ spec }: Service): number | undefined {
  const used = spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
  return used && spec.healthCheckNodePort !== 0 ? spec.healthCheckNodePort : undefined;
}
