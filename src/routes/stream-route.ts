import type { BackendRef } from "../objects/gateway.ts";
import type { BackendRefs } from "./backends.ts";
import type { RouteBackend } from "./route-backend.ts";
import type { RuleSource } from "./route-rule.ts";

/** The backends of connections (or datagrams) that are passed on unread. */
export interface StreamRule {
  readonly source: RuleSource;
  readonly backends: readonly RouteBackend[];
}

/** The rule of a TLSRoute, TCPRoute or UDPRoute: nothing distinguishes connections, so only the first rule applies. */
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
