import type { BackendRef } from "../objects/gateway.ts";
import type { BackendRefs } from "./backends.ts";
import type { RouteBackend } from "./route-backend.ts";
import type { RuleSource } from "./route-rule.ts";

/** Where connections (or UDP's datagrams) go that are passed on as they are. */
export interface StreamRule {
  readonly source: RuleSource;
  readonly backends: readonly RouteBackend[];
}

/** The rule of a TLSRoute, TCPRoute or UDPRoute: nothing tells the requests of several apart, so the first holds. */
export function streamRule(
  route: {
    readonly spec: { readonly rules: readonly { readonly backendRefs: readonly BackendRef[] }[] };
  },
  source: RuleSource,
  refs: BackendRefs,
): StreamRule {
  const [rule] = route.spec.rules;
  const backends = (rule?.backendRefs ?? []).map((ref, index) =>
    refs.resolve(ref, [...source.place, "backendRefs", index]),
  );
  return { source, backends };
}
