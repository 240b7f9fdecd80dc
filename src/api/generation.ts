import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "../objects/object.ts";

/** The new object with `metadata.generation`, which is increased unless only metadata or status changed. */
export function counted(current: KubernetesObject, next: KubernetesObject): KubernetesObject {
  const { metadata: _before, status: _statusBefore, ...before } = current;
  const { metadata: _after, status: _statusAfter, ...after } = next;
  const generation = current.metadata.generation ?? 1;
  const count = isDeepStrictEqual(before, after) ? generation : generation + 1;
  return { ...next, metadata: { ...next.metadata, generation: count } };
}
