import { isDeepStrictEqual } from "node:util";
import { fromLabelSelector } from "../../labels/label-selector.ts";
import { RequirementError } from "../../labels/requirement.ts";
import { fromMap } from "../../labels/selector.ts";
import { REVISION_LABEL, TEMPLATE_GENERATION_LABEL, TEMPLATE_HASH_LABEL } from "../added-labels.ts";
import { atMostAll, countOrPercent, nonNegative } from "../checks.ts";
import { isZero } from "../int-or-percent.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import type {
  DaemonSet,
  DaemonSetSpec,
  Deployment,
  DeploymentSpec,
  LabelSelector,
  PodTemplateSpec,
  ReplicaSet,
  ReplicaSetSpec,
  ReplicationController,
  ReplicationControllerSpec,
  RollingUpdateDeployment,
} from "../tables/kinds.ts";

const TEMPLATE = ["spec", "template"];
const SELECTOR_IMMUTABLE = (
  previous: { spec: { selector?: unknown } },
  next: { spec: { selector?: unknown } },
  place: Place,
) => {
  immutable(previous.spec, next.spec, ["selector"], place.at("spec"));
};

const counts = {
  replicas: nonNegative,
  minReadySeconds: nonNegative,
  revisionHistoryLimit: nonNegative,
};

export const deployment: Kind = kind<Deployment>({
  groupKind: "Deployment.apps",
  pods: { at: TEMPLATE, added: () => ({ open: [TEMPLATE_HASH_LABEL] }) },
  update: SELECTOR_IMMUTABLE,
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

export const replicaSet: Kind = kind<ReplicaSet>({
  groupKind: "ReplicaSet.apps",
  pods: { at: TEMPLATE },
  update: SELECTOR_IMMUTABLE,
  parts: part<ReplicaSetSpec>("apps/v1.ReplicaSetSpec", { fields: counts, check: checkSelector }),
});

export const replicationController: Kind = kind<ReplicationController>({
  groupKind: "ReplicationController",
  pods: { at: TEMPLATE },
  parts: part<ReplicationControllerSpec>("core/v1.ReplicationControllerSpec", {
    fields: counts,
    check({ selector, template }, place) {
      const labels = template.metadata?.labels ?? {};
      // Without a selector it is the template's labels.
      const chosen = Object.keys(selector ?? {}).length === 0 ? labels : selector!;
      if (Object.keys(chosen).length === 0)
        place.at("selector").required("it needs a selector, or labels in the template");
      else if (!fromMap(chosen).matches(labels)) mismatch(fromMap(chosen).toString(), place);
      checkRestart(template, place.at("template"));
    },
  }),
});

export const daemonSet: Kind = kind<DaemonSet>({
  groupKind: "DaemonSet.apps",
  pods: {
    at: TEMPLATE,
    added: () => ({ open: [REVISION_LABEL, TEMPLATE_GENERATION_LABEL] }),
  },
  update: SELECTOR_IMMUTABLE,
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
      // Unlike a Deployment's, a DaemonSet's pods either go first or come first.
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

/** What a workload selects its own pods by. */
export function checkSelector(
  { selector, template }: { readonly selector?: LabelSelector; readonly template: PodTemplateSpec },
  place: Place,
): void {
  if (selector === undefined) {
    place.at("selector").required("a selector is needed", {
      hint: "write selector: { matchLabels: … } with the template's labels",
    });
  } else if (
    Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length ===
    0
  ) {
    place.at("selector").invalid("an empty selector would take every pod of the namespace", {
      rule: "selector-empty",
      hint: "write matchLabels: with the template's labels",
    });
  } else checkMatch(selector, template, place);
  checkRestart(template, place.at("template"));
}

/** A workload's own template is what its selector selects. */
export function checkMatch(selector: LabelSelector, template: PodTemplateSpec, place: Place): void {
  try {
    const parsed = fromLabelSelector(selector as never);
    if (!parsed.matches(template.metadata?.labels ?? {})) mismatch(parsed.toString(), place);
  } catch (error) {
    // The selector's own rules say what is wrong with it.
    if (!(error instanceof RequirementError)) throw error;
  }
}

function mismatch(selector: string, place: Place): void {
  const message = `the selector ${quote(selector)} does not select these labels`;
  place.at("template", "metadata", "labels").invalid(message, {
    rule: "selector-mismatch",
    hint: "a workload's own pods are those that its selector selects",
  });
}

/** Pods that are to be there restart always, and have no end. */
function checkRestart({ spec }: PodTemplateSpec, place: Place): void {
  const { restartPolicy = "Always", activeDeadlineSeconds } = spec;
  if (restartPolicy !== "Always") {
    place
      .at("spec", "restartPolicy")
      .invalid(`pods that are replaced restart always, ${quote(restartPolicy)} is not possible`, {
        rule: "restart-policy",
        hint: "remove restartPolicy, or make it a Job",
      });
  }
  if (activeDeadlineSeconds !== undefined) {
    place.at("spec", "activeDeadlineSeconds").forbidden("only a Pod or a Job has an end");
  }
}

export function checkCounts(
  values: Readonly<Record<string, number | string | undefined>>,
  place: Place,
): void {
  for (const [field, value] of Object.entries(values)) {
    if (value !== undefined) countOrPercent(value, place.at(field));
  }
}

/** All fields but those that are named stay as they are. */
export function immutableExcept(
  previous: object,
  next: object,
  mutable: readonly string[],
  place: Place,
): void {
  const names = new Set([...Object.keys(previous), ...Object.keys(next)]);
  immutable(
    previous,
    next,
    [...names].filter((name) => !mutable.includes(name)),
    place,
  );
}

/** Fields that may be set once and not be changed then; leaving one out is a change too. */
export function immutable(
  previous: object,
  next: object,
  fields: readonly string[],
  place: Place,
): void {
  for (const field of fields) {
    const [before, after] = [previous, next].map(
      (value) => (value as Readonly<Record<string, unknown>>)[field],
    );
    if (!isDeepStrictEqual(before, after)) place.at(field).forbidden(`${field} can't be changed`);
  }
}
