import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { isIntOrPercent, isZero } from "../int-or-percent.ts";
import { quote } from "../read-shape.ts";
import type { Report, Rule } from "../rule.ts";
import type { DaemonSet, Deployment, IntOrPercent, StatefulSet } from "../workloads.ts";

const ROLLING_UPDATE = "rollingUpdate";

const deploymentUpdate: Rule<Deployment> = {
  id: "rolling-update",
  severity: "error",
  check({ spec: { strategy } }, report) {
    const path = ["spec", "strategy", ROLLING_UPDATE];
    if (strategy?.rollingUpdate === undefined) return;
    if (strategy.type === "Recreate") {
      report(path, "rollingUpdate does not go with type: Recreate", { at: "key" });
      return;
    }
    const { maxSurge, maxUnavailable } = strategy.rollingUpdate;
    checkCounts(path, { maxSurge, maxUnavailable }, report);
    checkAtMostAll(path, { maxUnavailable }, report);
    if (isZero(maxSurge) && isZero(maxUnavailable)) {
      report(path, "maxSurge and maxUnavailable must not both be 0: nothing could ever change");
    }
  },
};

/** Unlike a Deployment's, a DaemonSet's pods either go first or come first. */
const daemonUpdate: Rule<DaemonSet> = {
  id: "rolling-update",
  severity: "error",
  check({ spec: { updateStrategy } }, report) {
    const path = ["spec", "updateStrategy", ROLLING_UPDATE];
    const { type, rollingUpdate } = updateStrategy ?? {};
    if (rollingUpdate === undefined || type === "OnDelete") return;
    const { maxSurge, maxUnavailable = 1 } = rollingUpdate;
    checkCounts(path, { maxSurge, maxUnavailable }, report);
    checkAtMostAll(path, { maxSurge, maxUnavailable }, report);
    const surges = maxSurge !== undefined && !isZero(maxSurge);
    if (surges && !isZero(maxUnavailable)) {
      report(
        path,
        "maxSurge and maxUnavailable exclude each other here, and maxUnavailable is 1 unless said",
        {
          hint: "write maxUnavailable: 0 beside maxSurge",
        },
      );
    } else if (!surges && isZero(maxUnavailable)) {
      report(path, "maxSurge and maxUnavailable must not both be 0: nothing could ever change");
    }
  },
};

const statefulUpdate: Rule<StatefulSet> = {
  id: "rolling-update",
  severity: "error",
  check({ spec: { updateStrategy } }, report) {
    const path = ["spec", "updateStrategy", ROLLING_UPDATE];
    const { type, rollingUpdate } = updateStrategy ?? {};
    if (rollingUpdate === undefined) return;
    if (type === "OnDelete") {
      report(path, "rollingUpdate does not go with type: OnDelete", { at: "key" });
      return;
    }
    const { maxUnavailable } = rollingUpdate;
    checkCounts(path, { maxUnavailable }, report);
    checkAtMostAll(path, { maxUnavailable }, report);
    if (isZero(maxUnavailable)) {
      report(
        [...path, "maxUnavailable"],
        "maxUnavailable is at least 1: nothing could ever change",
      );
    }
  },
};

const deadline: Rule<Deployment> = {
  id: "progress-deadline",
  severity: "error",
  check({ spec: { progressDeadlineSeconds: seconds, minReadySeconds = 0 } }, report) {
    if (seconds === undefined || seconds > minReadySeconds) return;
    const message = `a deadline of ${seconds} s is not beyond minReadySeconds, ${minReadySeconds} s`;
    report(["spec", "progressDeadlineSeconds"], message, {
      hint: "no pod could be available in time; write a greater one, or leave it out (600)",
    });
  },
};

type Values = Readonly<Record<string, IntOrPercent | undefined>>;

function checkCounts(path: FieldPath, values: Values, report: Report): void {
  for (const [field, value] of Object.entries(values)) {
    if (value === undefined || isIntOrPercent(value)) continue;
    report([...path, field], `${quote(String(value))} is neither a count nor a percentage`, {
      hint: 'write 1 or "25%"',
    });
  }
}

function checkAtMostAll(path: FieldPath, values: Values, report: Report): void {
  for (const [field, value] of Object.entries(values)) {
    if (typeof value !== "string" || !isIntOrPercent(value) || Number.parseInt(value, 10) <= 100) {
      continue;
    }
    report([...path, field], `${value} of the pods is more than there are`);
  }
}

export const deploymentRules: readonly Rule<Deployment>[] = [deploymentUpdate, deadline];
export const daemonSetRules: readonly Rule<DaemonSet>[] = [daemonUpdate];
export const statefulSetRules: readonly Rule<StatefulSet>[] = [statefulUpdate];
