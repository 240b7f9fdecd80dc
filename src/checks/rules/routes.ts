import { groupKindOf } from "../../objects/object.ts";
import type { FaultRule } from "../../routes/fault.ts";
import type { SetRule } from "../set-rule.ts";

interface RouteRule {
  readonly id: FaultRule;
  /** The kinds that it refers to: if one of them could not be read, that may be the cause. */
  readonly misses?: readonly string[];
}

/**
 * Errors of routes are found by the code that serves them; here they get a position in a file. An API server accepts
 * all of them.
 */
function routeRule({ id, misses = [] }: RouteRule): SetRule {
  return {
    id,
    severity: "warning",
    check(set, report) {
      if (misses.length > 0 && set.mayMissSome(misses)) return;
      const told = new Set<string>();
      for (const { rule, object, path, message, hint } of set.routeFaults) {
        if (rule !== id) continue;
        const { namespace = "", name } = object.metadata;
        const loaded = set.get(groupKindOf(object), namespace, name);
        // Several listeners can have one fault: of the certificates that all of them ask for.
        const once = [object.kind, namespace, name, ...path].join("\n");
        if (loaded === undefined || told.has(once)) continue;
        told.add(once);
        report(loaded, path, message, { hint: hint?.() });
      }
    },
  };
}

const GATEWAY = "Gateway.gateway.networking.k8s.io";
const LISTENER_SET = "ListenerSet.gateway.networking.k8s.io";
const GRANT = "ReferenceGrant.gateway.networking.k8s.io";

export const routeSetRules: readonly SetRule[] = (
  [
    { id: "ingress-service", misses: ["Service"] },
    { id: "ingress-service-port" },
    { id: "ingress-duplicate" },
    { id: "route-parent", misses: [GATEWAY, LISTENER_SET] },
    { id: "route-listener" },
    { id: "route-not-allowed", misses: ["Namespace"] },
    { id: "route-host" },
    { id: "route-backend", misses: ["Service"] },
    { id: "route-backend-port" },
    { id: "route-backend-kind" },
    { id: "route-filter" },
    { id: "route-expression" },
    { id: "route-shadowed" },
    { id: "reference-grant", misses: [GRANT] },
    { id: "gateway-listener" },
    { id: "gateway-certificate", misses: ["Secret", "ConfigMap"] },
    { id: "backend-tls-policy" },
  ] as const
).map(routeRule);
