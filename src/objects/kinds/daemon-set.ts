import { REVISION_LABEL, TEMPLATE_GENERATION_LABEL } from "../added-labels.ts";
import { atMostAll } from "../checks.ts";
import { AGE, NAME } from "../columns/column.ts";
import { SELECTOR, templateColumns } from "../columns/pod-template.ts";
import { count } from "../columns/replicas.ts";
import { formatMap } from "../columns/selector-text.ts";
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
import type { DaemonSet, DaemonSetSpec } from "../tables/kinds.ts";

export const daemonSet: Kind = kind<DaemonSet>({
  groupKind: "DaemonSet.apps",
  pods: {
    at: TEMPLATE,
    added: () => ({ open: [REVISION_LABEL, TEMPLATE_GENERATION_LABEL] }),
  },
  update: keepsSelector,
  defaults: withDefaults,
  selectors: ownSelector,
  columns: [
    NAME,
    count("DESIRED", "desiredNumberScheduled"),
    count("CURRENT", "currentNumberScheduled"),
    count("READY", "numberReady"),
    count("UP-TO-DATE", "updatedNumberScheduled"),
    count("AVAILABLE", "numberAvailable"),
    { header: "NODE SELECTOR", cell: ({ spec }) => formatMap(spec.template.spec.nodeSelector) },
    AGE,
    ...templateColumns(TEMPLATE),
    SELECTOR,
  ],
  parts: part<DaemonSetSpec>("apps/v1.DaemonSetSpec", {
    fields: counts,
    check(spec, place) {
      checkSelector(spec, place);
      const { type = "RollingUpdate", rollingUpdate } = spec.updateStrategy ?? {};
      if (rollingUpdate === undefined || type === "OnDelete") return;
      const at = place.at("updateStrategy", "rollingUpdate").as({ rule: "rolling-update" });
      const { maxSurge = 0, maxUnavailable = 1 } = rollingUpdate;
      checkCounts({ maxSurge, maxUnavailable }, at);
      atMostAll(maxSurge, at.at("maxSurge"));
      atMostAll(maxUnavailable, at.at("maxUnavailable"));
      // In a DaemonSet's update, either old pods are deleted first or new ones made first, never both.
      if (!isZero(maxSurge) && !isZero(maxUnavailable)) {
        const message =
          "maxSurge and maxUnavailable exclude each other here, and maxUnavailable is 1 unless said";
        at.at("maxSurge").invalid(message, { hint: "write maxUnavailable: 0 beside maxSurge" });
      } else if (isZero(maxSurge) && isZero(maxUnavailable)) {
        at.at("maxUnavailable").required(
          "maxSurge and maxUnavailable must not both be 0: nothing could ever change",
        );
      }
    },
  }),
});

function withDefaults(set: DaemonSet): DaemonSet {
  const rolling = { maxSurge: 0, maxUnavailable: 1 };
  return change(set, "spec", (spec) => {
    const made = fill(change(spec, "template", defaultTemplate), {
      updateStrategy: {},
      revisionHistoryLimit: 10,
    });
    return change(made, "updateStrategy", (strategy) => {
      const filled = fill(strategy, { type: "RollingUpdate" });
      if (filled.type !== "RollingUpdate") return filled;
      return change(fill(filled, { rollingUpdate: rolling }), "rollingUpdate", (update) =>
        fill(update, rolling),
      );
    });
  });
}
