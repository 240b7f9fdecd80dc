import { fnv1a } from "../net/fnv1a.ts";
import type { ObjectKey } from "../objects/object-key.ts";

/**
 * A uid shaped like a UUID (version 8, RFC 9562) that is the same between runs for the same key and
 * incarnation, so that output can be compared; a recreated object gets another one.
 */
export function uidOf(key: ObjectKey, incarnation: number): string {
  const text = `${key.kind}\n${key.namespace}\n${key.name}\n${incarnation}`;
  const hex = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f]
    .map((seed) => fnv1a(text, seed).toString(16).padStart(8, "0"))
    .join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
