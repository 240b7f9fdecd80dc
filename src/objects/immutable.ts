import type { Finding } from "./finding.ts";
import { groupKindOf, type KubernetesObject } from "./object.ts";
import { Place } from "./place.ts";
import { kindOf } from "./registry.ts";

/**
 * The changes between two states of an object that an API server refuses. Nothing is refused here: a
 * file says what should be, and its object is replaced; where a cluster gets the file, it will not be.
 */
export function immutableFindings(
  previous: KubernetesObject,
  next: KubernetesObject,
): readonly Finding[] {
  const findings: Finding[] = [];
  const place = new Place(findings).as({
    rule: "field-immutable",
    usable: true,
    hint: `there, delete the ${next.kind} first (kubectl replace --force)`,
  });
  kindOf(groupKindOf(next))?.update?.(previous, next, place);
  return findings;
}
