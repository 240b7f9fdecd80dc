import type { ObjectKey } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import { jsonEqual } from "../store/equal.ts";
import type { LocalPod } from "./local-pod.ts";
import { type Assignment, describeTarget } from "./target.ts";

/** What the runtime does about one pod of the store. */
export interface Slot {
  readonly key: ObjectKey;
  assignment: Assignment | undefined;
  /** As it was when the slot was made: another spec or uid is another pod. */
  readonly pod: Pod;
  /** Absent for pods that are not served here. */
  local?: LocalPod;
  readonly podIP?: string;
  /** Which address of the attach entry it has. */
  readonly position?: number;
  /** It carries a status of its own, which is taken as it is. */
  readonly foreign?: boolean;
  terminating?: boolean;
}

/** Whether a slot still is about this pod, run in this way. */
export function isSame(slot: Slot, pod: Pod, assignment: Assignment | undefined): boolean {
  return (
    slot.pod.metadata.uid === pod.metadata.uid &&
    jsonEqual(slot.pod.spec, pod.spec) &&
    isSameAssignment(slot.assignment, assignment)
  );
}

/** Positions in the file don't count: an edit elsewhere moves them. */
export function isSameAssignment(a: Assignment | undefined, b: Assignment | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
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
    const { command, cwd, env, envFile } = entry;
    return (
      jsonEqual(
        { command, cwd, env },
        { command: other.command, cwd: other.cwd, env: other.env },
      ) && envFile === other.envFile
    );
  });
}

/** Whether someone has seen the pod run: a bare `Pending`, as controllers write it, says nothing. */
export function bringsStatus({ status = {} }: Pod): boolean {
  const { phase = "Pending", podIP, podIPs = [], conditions = [] } = status;
  return phase !== "Pending" || Boolean(podIP) || podIPs.length + conditions.length > 0;
}
