import { describeObject } from "../objects/object-key.ts";
import type { ContainerStatus, Pod } from "../objects/pod.ts";
import type { PodFailurePolicy } from "../objects/workloads.ts";

type FailureRule = PodFailurePolicy["rules"][number];

/** How a Job treats a failed pod. */
export interface Reaction {
  readonly action: FailureRule["action"];
  /** Why the pod's failure fails the Job. */
  readonly message?: string;
}

/** The action of the first matching rule; without any, the failure counts. */
export function reactionTo(pod: Pod, policy: PodFailurePolicy | undefined): Reaction {
  for (const [index, rule] of policy?.rules.entries() ?? []) {
    const reason = reasonFor(rule, pod);
    if (reason === undefined) continue;
    const { action } = rule;
    const message = `${reason} matching ${action} rule at index ${index}`;
    return action === "FailJob" ? { action, message } : { action };
  }
  return { action: "Count" };
}

/** Describes what of the pod matches the rule; undefined when nothing does. */
function reasonFor({ onExitCodes, onPodConditions }: FailureRule, pod: Pod): string | undefined {
  const { status = {} } = pod;
  const who = describeObject(pod).replace(/^Pod /, "pod ");
  if (onExitCodes !== undefined) {
    const { containerName, operator, values } = onExitCodes;
    const fits = ({ name, state }: ContainerStatus) => {
      const code = state?.terminated?.exitCode;
      if (code === undefined || code === 0) return false;
      if (containerName !== undefined && containerName !== name) return false;
      return values.includes(code) === (operator === "In");
    };
    const { containerStatuses = [], initContainerStatuses = [] } = status;
    const found = [...containerStatuses, ...initContainerStatuses].find(fits);
    const code = found?.state?.terminated?.exitCode;
    return found && `Container ${found.name} for ${who} failed with exit code ${code}`;
  }
  const found = onPodConditions?.find((pattern) => {
    return status.conditions?.some(({ type, status: value }) => {
      return type === pattern.type && value === (pattern.status ?? "True");
    });
  });
  return found && `${who.replace("pod", "Pod")} has condition ${found.type}`;
}
