import type { RouteTable } from "../../routes/route-table.ts";
import type { RoutingPlan } from "../../routes/routing-plan.ts";
import type { ApplicableRules } from "./http-routes.ts";

const LOCALHOST = ".localhost";

/**
 * The rules of all Ingresses and Gateways at one address: for `shop.example.com`, and for
 * `shop.example.com.localhost`, which browsers resolve to this machine.
 * @param port of the gateway; read when a redirect needs it, since it is known only once the gateway listens
 * @param securePort where the gateway speaks TLS, if it does
 */
export function everyRoute(
  plan: Pick<RoutingPlan, "current">,
  port: () => number,
  scheme: "http" | "https" = "http",
  securePort: () => number | undefined = () => undefined,
): ApplicableRules {
  return {
    scheme,
    get securePort() {
      return securePort();
    },
    get port() {
      return port();
    },
    find(request) {
      const { everything } = plan.current;
      return everything.find({ ...request, host: routedHost(everything, request.host) });
    },
  };
}

/** The host of a request as routes name it. */
export function routedHost(table: RouteTable, host: string): string {
  return host.endsWith(LOCALHOST) && !table.knowsHost(host)
    ? host.slice(0, -LOCALHOST.length)
    : host;
}
