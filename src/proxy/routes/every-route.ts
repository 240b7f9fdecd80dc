import type { RoutingPlan } from "../../routes/routing-plan.ts";
import type { RuleSource } from "./http-routes.ts";

const LOCALHOST = ".localhost";

/**
 * The rules of all Ingresses and Gateways at one address: `shop.example.com`, and `shop.example.com.localhost`, which
 * a browser finds by itself.
 * @param port of the gateway
 */
export function everyRoute(
  plan: RoutingPlan,
  port: number,
  scheme: "http" | "https" = "http",
): RuleSource {
  return {
    scheme,
    port,
    find(request) {
      const { everything } = plan.current;
      const { host } = request;
      if (!host.endsWith(LOCALHOST) || everything.knowsHost(host)) return everything.find(request);
      return everything.find({ ...request, host: host.slice(0, -LOCALHOST.length) });
    },
  };
}
