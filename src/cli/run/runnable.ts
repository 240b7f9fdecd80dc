import { findResource } from "../../objects/resource.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** The workloads that a process can stand in for. */
const RUNNABLE = [
  "Pod",
  "Deployment",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
  "DaemonSet",
  "Job",
];

/**
 * The workload that TYPE/NAME means.
 * @param next advice for the error message.
 * @throws CommandError when it is not a workload.
 */
export function runnableOf(
  word: string,
  next: string,
): { readonly kind: string; readonly name: string } {
  const [, type = "", name = ""] = /^([^/]+)\/([^/]+)$/.exec(word) ?? [];
  const kind = findResource(type);
  if (kind !== undefined && RUNNABLE.includes(kind.kind)) return { kind: kind.groupKind, name };
  throw new CommandError(EXIT.usage, `"${word}" names no workload`, `write, for example, ${next}`);
}
