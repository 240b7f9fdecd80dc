import type { Finding } from "./finding.ts";
import { groupKindOf, type KubernetesObject } from "./object.ts";
import { Place } from "./place.ts";
import { kindOf } from "./registry.ts";

/**
 * The changes between two states of an object that an API server would refuse. They are only reported: here the
 * object of a file is replaced, but in a cluster it could not be.
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
