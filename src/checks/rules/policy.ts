import { describeObject } from "../../objects/object-key.ts";
import { labelSelectorOf } from "../../objects/selector-use.ts";
import { selectorsOf } from "../../objects/selectors-of.ts";
import type { TemplateUse } from "../manifest-set.ts";
import { missHint, selectorOf } from "../selects.ts";
import type { SetRule } from "../set-rule.ts";

const policyNoMatch: SetRule = {
  id: "network-policy-no-match",
  severity: "warning",
  check(set, report) {
    for (const policy of set.list("NetworkPolicy.networking.k8s.io")) {
      const { namespace = "" } = policy.object.metadata;
      const selector = selectorOf(policy.object.spec.podSelector);
      // The empty selector is about pods that may come.
      if (selector === undefined || selector.requirements.length === 0) continue;
      if (set.selected(namespace, selector).length > 0) continue;
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
      if (set.selected(namespace, selector).length > 0) continue;
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

const budgetOverlap: SetRule = {
  id: "disruption-budget-overlap",
  severity: "warning",
  check(set, report) {
    const first = new Map<TemplateUse, string>();
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
    for (const { loaded, namespace } of set.allTemplates()) {
      for (const use of selectorsOf(loaded.object)) {
        if (use.purpose !== "affinity" || use.written.form === "nodeSelector") continue;
        if (!use.path.includes("requiredDuringSchedulingIgnoredDuringExecution")) continue;
        if (use.scope.in !== "namespaces" || use.scope.names.some((name) => name !== namespace))
          continue;
        const selector = labelSelectorOf(use.written);
        if (set.selected(namespace, selector).length > 0) continue;
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
    for (const { loaded, labels } of set.allTemplates()) {
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
  budgetNoMatch,
  budgetOverlap,
  affinityNoMatch,
  spreadOwnPods,
];
