import type { ContainerEntry } from "../manifests/local-config.ts";
import type { ObjectKey } from "../objects/object-key.ts";
import type { Container, Pod, PodSpec } from "../objects/pod.ts";
import { jsonEqual } from "../store/equal.ts";
import type { LocalPod } from "./local-pod.ts";
import { type Assignment, describeTarget } from "./target.ts";

/** What the runtime does with one pod of the store. */
export interface Slot {
  readonly key: ObjectKey;
  assignment: Assignment | undefined;
  /** The pod when the slot was made: with another spec or uid it counts as another pod. */
  readonly pod: Pod;
  /** Absent for pods that are not served here. */
  local?: LocalPod;
  readonly podIP?: string;
  /** The position of its address in the attach entry. */
  position?: number;
  /** Its manifest has a status, which is taken as it is. */
  readonly foreign?: boolean;
  terminating?: boolean;
}

/** Whether a slot still fits a pod and the way that it is to be run. */
export function isSame(slot: Slot, pod: Pod, assignment: Assignment | undefined): boolean {
  return (
    slot.pod.metadata.uid === pod.metadata.uid &&
    jsonEqual(asStarted(slot.pod.spec), asStarted(pod.spec)) &&
    (positionIn(slot, assignment) !== undefined || isSameAssignment(slot.assignment, assignment))
  );
}

/** The spec without what may change while a pod runs: added ephemeral containers, and resources. */
function asStarted({ ephemeralContainers: _, ...spec }: PodSpec): Partial<PodSpec> {
  const unsized = ({ resources: _, ...container }: Container): Container => container;
  return {
    ...spec,
    containers: spec.containers.map(unsized),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(unsized) }),
  };
}

/**
 * The new position of the slot's address in an entry for the same target: a pod keeps its address while others are
 * added and removed.
 */
export function positionIn(
  { position, assignment: own }: Slot,
  assignment: Assignment | undefined,
): number | undefined {
  if (position === undefined || own?.kind !== "attach" || assignment?.kind !== "attach") return;
  const { addresses, target } = assignment.entry;
  if (own.entry.target.namespace !== target.namespace) return;
  if (describeTarget(own.entry.target) !== describeTarget(target)) return;
  const address = own.entry.addresses[position];
  // An address that is listed twice serves two pods.
  if (jsonEqual(addresses[position], address)) return position;
  const found = addresses.findIndex((each) => jsonEqual(each, address));
  return found < 0 ? undefined : found;
}

/** Positions in the file are ignored: an edit elsewhere shifts them. */
export function isSameAssignment(a: Assignment | undefined, b: Assignment | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind === "stub" && b.kind === "stub") return true;
  if (a.kind === "attach" && b.kind === "attach") {
    return (
      jsonEqual(a.entry.addresses, b.entry.addresses) &&
      describeTarget(a.entry.target) === describeTarget(b.entry.target)
    );
  }
  if (a.kind !== "run" || b.kind !== "run" || a.entries.size !== b.entries.size) return false;
  return [...a.entries].every(([container, entry]) => {
    const other = b.entries.get(container);
    if (other === undefined) return false;
    return jsonEqual(wayOf(entry), wayOf(other));
  });
}

/** How a container runs by an entry, whatever else that says. */
function wayOf(entry: ContainerEntry): object {
  const { env, envFile = "" } = entry;
  if ("ownImage" in entry) return { ownImage: true, env, envFile };
  const { command, cwd, register = true } = entry;
  return { command, cwd, env, envFile, register, isForImage: "pattern" in entry };
}

/** Whether the status comes from a pod that ran somewhere: a bare `Pending`, as controllers write it, doesn't. */
export function bringsStatus({ status = {} }: Pod): boolean {
  const { phase = "Pending", podIP, podIPs = [], conditions = [] } = status;
  return phase !== "Pending" || Boolean(podIP) || podIPs.length + conditions.length > 0;
}
