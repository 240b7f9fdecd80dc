import { validateLabelKey, validateLabelValue } from "../../labels/label-name.ts";
import { validateNodeSelector } from "../../labels/node-selector.ts";
import type { StringMap } from "../object.ts";
import { quote } from "../read-shape.ts";
import type { Report, Rule } from "../rule.ts";
import type { SelectorUse } from "../selector-use.ts";
import { selectorsOf } from "../selectors-of.ts";
import { labelValueHint } from "./labels.ts";

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];

/** Every selector an object contains can be read (S.3, S.8). */
export const selectorInvalid: Rule = {
  id: "selector-invalid",
  severity: "error",
  check(object, report) {
    for (const use of selectorsOf(object)) checkUse(use, report);
  },
};

function checkUse(use: SelectorUse, report: Report): void {
  const { path, written } = use;
  if (written.form === "map") {
    checkMap(path, written.map, report);
    return;
  }
  if (written.form === "nodeSelector") {
    for (const { field, message } of validateNodeSelector(written.selector)) {
      report([...path, ...parsePath(field, use)], message);
    }
    return;
  }
  const { matchLabels, matchExpressions } = written.selector;
  checkMap([...path, "matchLabels"], matchLabels ?? {}, report);
  for (const [i, { key, operator, values = [] }] of (matchExpressions ?? []).entries()) {
    const at = [...path, "matchExpressions", i];
    for (const { message } of validateLabelKey(key)) report([...at, "key"], message);
    if (!OPERATORS.includes(operator)) {
      const list = OPERATORS.join(", ");
      report([...at, "operator"], `${quote(operator)} is no operator here; there are ${list}`);
    } else if (operator.endsWith("In") && values.length === 0) {
      report([...at, "values"], `${operator} needs at least one value`);
    } else if (!operator.endsWith("In") && values.length > 0) {
      report([...at, "values"], `${operator} takes no values`, { hint: "remove values" });
    }
    for (const [j, value] of values.entries()) {
      for (const { message } of validateLabelValue(value)) report([...at, "values", j], message);
    }
  }
}

/** `nodeSelectorTerms[0].matchFields[1].key` as steps; a preference stands for its only term. */
function parsePath(field: string, { path }: SelectorUse): (string | number)[] {
  const steps = field
    .split(/[.[\]]+/)
    .filter((step) => step !== "")
    .map((step) => (/^[0-9]+$/.test(step) ? Number(step) : step));
  return path.at(-1) === "preference" ? steps.slice(2) : steps;
}

function checkMap(path: SelectorUse["path"], map: StringMap, report: Report): void {
  for (const [key, value] of Object.entries(map)) {
    for (const { message } of validateLabelKey(key)) {
      report([...path, key], message, { at: "key" });
    }
    for (const { message } of validateLabelValue(value)) {
      report([...path, key], message, { hint: labelValueHint(value) });
    }
  }
}
