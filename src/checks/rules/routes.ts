import type { Severity } from "../../diagnostics/diagnostic.ts";
import { groupKindOf } from "../../objects/object.ts";
import type { FaultRule } from "../../routes/fault.ts";
import type { SetRule } from "../set-rule.ts";

/** A fault of routes is found by those who serve them; here it gets its severity and its place in a file. */
function routeRule({
  id,
  severity,
}: {
  readonly id: FaultRule;
  readonly severity: Severity;
}): SetRule {
  return {
    id,
    severity,
    check(set, report) {
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

export const routeSetRules: readonly SetRule[] = (
  [
    { id: "ingress-service", severity: "warning" },
    { id: "ingress-service-port", severity: "error" },
    { id: "ingress-duplicate", severity: "warning" },
    { id: "route-parent", severity: "warning" },
    { id: "route-listener", severity: "error" },
    { id: "route-not-allowed", severity: "error" },
    { id: "route-host", severity: "error" },
    { id: "route-backend", severity: "warning" },
    { id: "route-backend-port", severity: "error" },
    { id: "route-backend-kind", severity: "error" },
    { id: "route-filter", severity: "warning" },
    { id: "route-expression", severity: "error" },
    { id: "route-shadowed", severity: "warning" },
    { id: "reference-grant", severity: "warning" },
    { id: "gateway-listener", severity: "error" },
    { id: "gateway-certificate", severity: "warning" },
    { id: "backend-tls-policy", severity: "warning" },
  ] as const
).map(routeRule);
