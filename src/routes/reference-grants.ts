import { GATEWAY_GROUP } from "../objects/gateway.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import type { Problem } from "./fault.ts";

/** The referring object. */
export interface Referrer {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** The object that it refers to. */
export interface Referent {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * References within a namespace are always allowed, those into another one need a ReferenceGrant there.
 * @returns undefined where it is allowed
 */
export function notPermitted(
  store: ObjectReader,
  from: Referrer,
  to: Referent,
): Problem | undefined {
  if (isPermitted(store, from, to)) return undefined;
  const { kind, namespace, name } = to;
  return {
    reason: "RefNotPermitted",
    message: `no ReferenceGrant in namespace ${namespace} lets ${from.kind}s of ${from.namespace} use ${kind} ${name}`,
    rule: "reference-grant",
    field: ["namespace"],
    hint: () =>
      `add a ReferenceGrant to namespace ${namespace}: from ${from.kind} of namespace ${from.namespace}, to ${kind} ${name}`,
  };
}

function isPermitted(store: ObjectReader, from: Referrer, to: Referent): boolean {
  if (from.namespace === to.namespace) return true;
  const grants = store.list(`ReferenceGrant.${GATEWAY_GROUP}`, { namespace: to.namespace });
  return grants.some(
    ({ spec }) =>
      spec.from.some(
        ({ group, kind, namespace }) =>
          group === from.group && kind === from.kind && namespace === from.namespace,
      ) &&
      spec.to.some(
        ({ group, kind, name }) =>
          group === to.group && kind === to.kind && (name === undefined || name === to.name),
      ),
  );
}
