import type { KubernetesObject } from "../objects/object.ts";
import { equalExcept } from "./equal.ts";
import type { Change } from "./operation.ts";

/**
 * Folds the steps of a batch into what it did to each object, in order of first appearance. Steps that undid
 * each other leave nothing. An object that was deleted and created again is two changes, as it is
 * another object.
 */
export function netChanges(log: readonly Change[]): readonly Change[] {
  if (log.length < 2) return log.filter(isChange);
  const net: (Change | undefined)[] = [];
  // Most objects of a large batch change once; only those that change again need to be found.
  const superseded = new Set<KubernetesObject>();
  for (const { previous } of log) if (previous !== undefined) superseded.add(previous);
  // Where in `net` the object stands whose latest state this is.
  const places = new Map<KubernetesObject, number>();
  for (const change of log) {
    const from = change.type === "added" ? undefined : places.get(change.previous!);
    if (from === undefined) {
      const place = net.push(change) - 1;
      if (superseded.has(change.object)) places.set(change.object, place);
      continue;
    }
    places.delete(change.previous!);
    net[from] = fold(net[from], change);
    if (change.type !== "deleted") places.set(change.object, from);
  }
  return net.filter((change) => change !== undefined).filter(isChange);
}

/** An object that was only touched is as it was. */
function isChange({ type, object, previous }: Change): boolean {
  return type !== "modified" || object !== previous;
}

function fold(earlier: Change | undefined, later: Change): Change | undefined {
  const before = earlier === undefined ? later.previous : earlier.previous;
  const { kind, object } = later;
  if (later.type === "deleted") {
    return before && { type: "deleted", kind, object, previous: before };
  }
  if (before === undefined) return { type: "added", kind, object };
  return sameState(before, object)
    ? undefined
    : { type: "modified", kind, object, previous: before };
}

const VERSION: ReadonlySet<string> = new Set(["resourceVersion"]);
const METADATA: ReadonlySet<string> = new Set(["metadata"]);

/** Whether two states differ in nothing but their resourceVersion. */
function sameState(a: KubernetesObject, b: KubernetesObject): boolean {
  return equalExcept(a.metadata, b.metadata, VERSION) && equalExcept(a, b, METADATA);
}
