import type { Selector } from "../../labels/selector.ts";
import { resolveIntOrPercent } from "../../objects/int-or-percent.ts";
import { groupKindOf } from "../../objects/object.ts";
import { describeObject } from "../../objects/object-key.ts";
import { findResource } from "../../objects/resource.ts";
import { labelSelectorOf } from "../../objects/selector-use.ts";
import { selectorsOf } from "../../objects/selectors-of.ts";
import { SCALED_KINDS } from "../../objects/workload-kinds.ts";
import type { ManifestSet } from "../manifest-set.ts";
import type { PodSource } from "../pod-source.ts";
import { missHint, selectorOf } from "../selects.ts";
import type { SetRule } from "../set-rule.ts";

const policyNoMatch: SetRule = {
  id: "network-policy-no-match",
  severity: "warning",
  check(set, report) {
    for (const policy of set.list("NetworkPolicy.networking.k8s.io")) {
      const { namespace = "" } = policy.object.metadata;
      const selector = selectorOf(policy.object.spec.podSelector);
      // An empty selector also means pods that are not there yet.
      if (selector === undefined || selector.requirements.length === 0) continue;
      if (!set.lacksPods(namespace, selector)) continue;
      report(
        policy,
        ["spec", "podSelector"],
        `selects ${selector}, and no pods here have that: the policy protects nothing`,
        {
          at: "key",
          hint: missHint(set, namespace, selector),
        },
      );
    }
  },
};

const budgetNoMatch: SetRule = {
  id: "disruption-budget-no-match",
  severity: "warning",
  check(set, report) {
    for (const budget of set.list("PodDisruptionBudget.policy")) {
      const { namespace = "" } = budget.object.metadata;
      const selector = selectorOf(budget.object.spec.selector);
      if (selector === undefined || selector.requirements.length === 0) continue;
      if (!set.lacksPods(namespace, selector)) continue;
      report(
        budget,
        ["spec", "selector"],
        `selects ${selector}, and no pods here have that: the budget protects nothing`,
        {
          at: "key",
          hint: missHint(set, namespace, selector),
        },
      );
    }
  },
};

/** The scalable kinds: a budget counts their pods by replicas. */
const REPLICATED: ReadonlySet<string> = new Set(SCALED_KINDS);

const budgetBlocks: SetRule = {
  id: "disruption-budget-blocks",
  severity: "warning",
  check(set, report) {
    for (const budget of set.list("PodDisruptionBudget.policy")) {
      const { namespace = "" } = budget.object.metadata;
      const { selector: written, minAvailable, maxUnavailable } = budget.object.spec ?? {};
      const selector = selectorOf(written);
      if (selector === undefined) continue;
      const pods = mostPods(set, namespace, selector);
      if (pods === undefined || pods === 0) continue;
      // The disruption controller rounds both up.
      const allowed =
        maxUnavailable === undefined
          ? pods - resolveIntOrPercent(minAvailable, 1, pods, Math.ceil)
          : resolveIntOrPercent(maxUnavailable, 1, pods, Math.ceil);
      if (allowed > 0) continue;
      const field = maxUnavailable === undefined ? "minAvailable" : "maxUnavailable";
      const number = pods === 1 ? "the one pod" : `any of the ${pods} pods`;
      report(
        budget,
        ["spec", field],
        `never lets ${number} be evicted, so that no node with one can be drained`,
        { hint: "write maxUnavailable: 1, or have more replicas" },
      );
    }
  },
};

/** How many pods a selector can match at most; undefined where that is unknown. */
function mostPods(set: ManifestSet, namespace: string, selector: Selector): number | undefined {
  const autoscaled = new Map<string, number>();
  for (const { object } of set.list("HorizontalPodAutoscaler.autoscaling")) {
    if ((object.metadata.namespace ?? "") !== namespace) continue;
    const { scaleTargetRef, maxReplicas = Number.MAX_SAFE_INTEGER } = object.spec ?? {};
    const target = findResource(scaleTargetRef?.kind ?? "")?.groupKind;
    autoscaled.set(`${target} ${scaleTargetRef?.name}`, maxReplicas);
  }
  let pods = 0;
  for (const { loaded } of set.selected(namespace, selector)) {
    const kind = groupKindOf(loaded.object);
    if (!REPLICATED.has(kind)) return undefined;
    const { replicas = 1 } = loaded.object.spec as { readonly replicas?: number };
    pods += autoscaled.get(`${kind} ${loaded.object.metadata.name}`) ?? replicas;
  }
  return pods;
}

const peerNoMatch: SetRule = {
  id: "network-policy-peer-no-match",
  severity: "warning",
  check(set, report) {
    for (const policy of set.list("NetworkPolicy.networking.k8s.io")) {
      const { namespace = "" } = policy.object.metadata;
      for (const { purpose, written, scope, path } of selectorsOf(policy.object)) {
        // It is unknown whether all pods of other namespaces are in the manifests.
        if (purpose !== "peer" || scope.in !== "namespaces") continue;
        if (written.form === "nodeSelector") continue;
        const selector = labelSelectorOf(written);
        if (selector.requirements.length === 0 || !set.lacksPods(namespace, selector)) continue;
        // Where no pod has any of these labels, an operator makes the pods that are meant.
        const isKnown = set
          .podSources(namespace)
          .some(({ labels }) =>
            selector.requirements.some(({ key }) => Object.hasOwn(labels, key)),
          );
        if (!isKnown) continue;
        report(
          policy,
          path,
          `lets pods with ${selector} through, and there are none in namespace ${namespace}`,
          { at: "key", hint: missHint(set, namespace, selector) },
        );
      }
    }
  },
};

const budgetOverlap: SetRule = {
  id: "disruption-budget-overlap",
  severity: "warning",
  check(set, report) {
    const first = new Map<PodSource, string>();
    for (const budget of set.list("PodDisruptionBudget.policy")) {
      const { namespace = "" } = budget.object.metadata;
      const selector = selectorOf(budget.object.spec.selector);
      if (selector === undefined) continue;
      const own = describeObject(budget.object);
      let told = false;
      for (const use of set.selected(namespace, selector)) {
        const other = first.get(use);
        first.set(use, other ?? own);
        if (other === undefined || told) continue;
        told = true;
        const pods = describeObject(use.loaded.object);
        report(
          budget,
          ["spec", "selector"],
          `the pods of ${pods} are also in ${other}, and pods in two budgets can't be evicted`,
          {
            at: "key",
            hint: "select each pod in one budget only",
          },
        );
      }
    }
  },
};

const affinityNoMatch: SetRule = {
  id: "affinity-no-match",
  severity: "warning",
  check(set, report) {
    for (const { loaded, namespace } of set.allPodSources()) {
      for (const use of selectorsOf(loaded.object)) {
        if (use.purpose !== "affinity" || use.written.form === "nodeSelector") continue;
        if (!use.path.includes("requiredDuringSchedulingIgnoredDuringExecution")) continue;
        if (use.scope.in !== "namespaces" || use.scope.names.some((name) => name !== namespace))
          continue;
        const selector = labelSelectorOf(use.written);
        if (!set.lacksPods(namespace, selector)) continue;
        report(
          loaded,
          use.path,
          `requires pods with ${selector || "any labels"} nearby, and there are none: it is never scheduled`,
          {
            at: "key",
            hint: missHint(set, namespace, selector),
          },
        );
      }
    }
  },
};

const spreadOwnPods: SetRule = {
  id: "spread-own-pods",
  severity: "warning",
  check(set, report) {
    for (const { loaded, labels } of set.allPodSources()) {
      for (const use of selectorsOf(loaded.object)) {
        if (use.purpose !== "spread" || use.written.form === "nodeSelector") continue;
        const selector = labelSelectorOf(use.written);
        if (selector.matches(labels)) continue;
        report(
          loaded,
          use.path,
          `counts pods with ${selector}, which these pods do not have: they are not spread`,
          {
            at: "key",
            hint: "select the pods' own labels",
          },
        );
      }
    }
  },
};

export const policySetRules: readonly SetRule[] = [
  policyNoMatch,
  peerNoMatch,
  budgetNoMatch,
  budgetBlocks,
  budgetOverlap,
  affinityNoMatch,
  spreadOwnPods,
];
