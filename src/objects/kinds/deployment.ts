import { TEMPLATE_HASH_LABEL } from "../added-labels.ts";
import { atMostAll, nonNegative } from "../checks.ts";
import { AGE, NAME } from "../columns/column.ts";
import { SELECTOR, templateColumns } from "../columns/pod-template.ts";
import { count, READY } from "../columns/replicas.ts";
import { change, fill } from "../defaults/fill.ts";
import { defaultTemplate } from "../defaults/pod.ts";
import { isZero } from "../int-or-percent.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import {
  checkCounts,
  checkSelector,
  counts,
  keepsSelector,
  ownSelector,
  TEMPLATE,
} from "../rules/workload.ts";
import type { Deployment, DeploymentSpec, RollingUpdateDeployment } from "../tables/kinds.ts";

export const deployment: Kind = kind<Deployment>({
  groupKind: "Deployment.apps",
  pods: { at: TEMPLATE, added: () => ({ open: [TEMPLATE_HASH_LABEL] }) },
  update: keepsSelector,
  defaults: withDefaults,
  selectors: ownSelector,
  columns: [
    NAME,
    READY,
    count("UP-TO-DATE", "updatedReplicas"),
    count("AVAILABLE", "availableReplicas"),
    AGE,
    ...templateColumns(TEMPLATE),
    SELECTOR,
  ],
  parts: {
    ...part<DeploymentSpec>("apps/v1.DeploymentSpec", {
      fields: { ...counts, progressDeadlineSeconds: nonNegative },
      check(spec, place) {
        checkSelector(spec, place);
        const { progressDeadlineSeconds: seconds, minReadySeconds = 0, strategy } = spec;
        if (strategy?.type === "Recreate" && strategy.rollingUpdate !== undefined) {
          place
            .at("strategy", "rollingUpdate")
            .forbidden("rollingUpdate does not go with type: Recreate", { rule: "rolling-update" });
        }
        if (seconds === undefined || seconds > minReadySeconds) return;
        const message = `a deadline of ${seconds} s is not beyond minReadySeconds, ${minReadySeconds} s`;
        place.at("progressDeadlineSeconds").invalid(message, {
          rule: "progress-deadline",
          hint: "no pod could be available in time; write a greater one, or leave it out (600)",
        });
      },
    }),
    ...part<RollingUpdateDeployment>("apps/v1.RollingUpdateDeployment", {
      check({ maxSurge, maxUnavailable }, at) {
        const place = at.as({ rule: "rolling-update" });
        checkCounts({ maxSurge, maxUnavailable }, place);
        if (maxUnavailable !== undefined) atMostAll(maxUnavailable, place.at("maxUnavailable"));
        if (isZero(maxSurge) && isZero(maxUnavailable)) {
          place
            .at("maxUnavailable")
            .invalid("maxSurge and maxUnavailable must not both be 0: nothing could ever change");
        }
      },
    }),
  },
});

function withDefaults(deployment: Deployment): Deployment {
  const rolling = { maxSurge: "25%", maxUnavailable: "25%" };
  return change(deployment, "spec", (spec) => {
    const recreate = spec.strategy?.type === "Recreate";
    const made = fill(change(spec, "template", defaultTemplate), {
      replicas: 1,
      strategy: {},
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    return change(made, "strategy", (strategy) =>
      recreate
        ? strategy
        : change(
            fill(strategy, { type: "RollingUpdate", rollingUpdate: rolling }),
            "rollingUpdate",
            (update) => fill(update, rolling),
          ),
    );
  });
}
