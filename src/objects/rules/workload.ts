import { fromLabelSelector } from "../../labels/label-selector.ts";
import { RequirementError } from "../../labels/requirement.ts";
import { countOrPercent, nonNegative } from "../checks.ts";
import { immutable } from "../immutable-fields.ts";
import { quote } from "../json.ts";
import type { KubernetesObject } from "../object.ts";
import type { Place } from "../place.ts";
import { addLabelSelector, ownScope, type SelectorUse } from "../selector-use.ts";
import type { LabelSelector, PodTemplateSpec } from "../tables/kinds.ts";

/** The path of the pod template in workloads that replace their pods. */
export const TEMPLATE = ["spec", "template"];

/** The counts of these workloads. */
export const counts = {
  replicas: nonNegative,
  minReadySeconds: nonNegative,
  revisionHistoryLimit: nonNegative,
};

/** A workload's selector is immutable. */
export function keepsSelector(
  previous: { spec: { selector?: unknown } },
  next: { spec: { selector?: unknown } },
  place: Place,
): void {
  immutable(previous.spec, next.spec, ["selector"], place.at("spec"));
}

/** The selector of a workload's own pods, among those that its object contains. */
export function ownSelector(
  object: KubernetesObject & { readonly spec: { readonly selector?: unknown } },
  uses: SelectorUse[],
): void {
  const { selector } = object.spec;
  addLabelSelector(uses, ["spec", "selector"], selector, "replicas", "Pod", ownScope(object));
}

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

/** A workload's selector must match its own template. */
export function checkMatch(selector: LabelSelector, template: PodTemplateSpec, place: Place): void {
  try {
    const parsed = fromLabelSelector(selector as never);
    if (!parsed.matches(template.metadata?.labels ?? {})) mismatch(parsed.toString(), place);
  } catch (error) {
    // An invalid selector is reported by its own rules.
    if (!(error instanceof RequirementError)) throw error;
  }
}

export function mismatch(selector: string, place: Place): void {
  const message = `the selector ${quote(selector)} does not select these labels`;
  place.at("template", "metadata", "labels").invalid(message, {
    rule: "selector-mismatch",
    hint: "a workload's own pods are those that its selector selects",
  });
}

/** Pods that are replaced must have restartPolicy Always, and no deadline. */
export function checkRestart({ spec }: PodTemplateSpec, place: Place): void {
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
