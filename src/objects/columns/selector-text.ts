import { fromLabelSelector, type LabelSelector } from "../../labels/label-selector.ts";
import { RequirementError } from "../../labels/requirement.ts";
import { NONE } from "./column.ts";

/** `app=web,tier in (api,web)`; `<none>` for the empty selector, as kubectl has it. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return NONE;
  try {
    return String(fromLabelSelector(selector)) || NONE;
  } catch (error) {
    if (error instanceof RequirementError) return "<invalid>";
    throw error;
  }
}

export function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.join(",") || NONE;
}
