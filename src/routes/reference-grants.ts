import { GATEWAY_GROUP } from "../objects/gateway.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** Who refers. */
export interface Referrer {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** What is referred to. */
export interface Referent {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whether a reference may be followed: within a namespace always, into another one by a ReferenceGrant there. */
export function isPermitted(store: StoreReader, from: Referrer, to: Referent): boolean {
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
