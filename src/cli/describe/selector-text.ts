import type { Selector } from "../../labels/selector.ts";
import { labelSelectorOf, type SelectorUse } from "../../objects/selector-use.ts";

/** A selector of an object as a label selector; undefined for node affinity, which can't be one. */
export function selectorOfUse({ written }: SelectorUse): Selector | undefined {
  return written.form === "nodeSelector" ? undefined : labelSelectorOf(written);
}

/** `app=web,tier in (api,web)`, or in words. */
export function selectorText(use: SelectorUse): string {
  const selector = selectorOfUse(use);
  if (selector === undefined) return "node affinity";
  return String(selector) || "everything";
}
