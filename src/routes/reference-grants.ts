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

/** Why a reference leads nowhere: a reason of Gateway API's conditions, and words. */
export interface RefProblem {
  readonly reason: string;
  readonly message: string;
}

/**
 * Within a namespace a reference may always be followed, into another one by a ReferenceGrant there.
 * @returns undefined where it may
 */
export function notPermitted(
  store: StoreReader,
  from: Referrer,
  to: Referent,
): RefProblem | undefined {
  if (isPermitted(store, from, to)) return undefined;
  const { kind, namespace, name } = to;
  return {
    reason: "RefNotPermitted",
    message: `no ReferenceGrant in namespace ${namespace} lets ${from.kind}s of ${from.namespace} use ${kind} ${name}`,
  };
}

function isPermitted(store: StoreReader, from: Referrer, to: Referent): boolean {
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
