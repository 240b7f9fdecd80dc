import type { IntOrPercent } from "./workloads.ts";

/** Whether a value is a count of pods or a percentage of them: `1`, `"25%"`. */
export function isIntOrPercent(value: IntOrPercent): boolean {
  return typeof value === "number" ? value >= 0 : /^[0-9]{1,9}%$/.test(value);
}

/** Whether a value is 0 or 0 %. */
export function isZero(value: IntOrPercent | undefined): boolean {
  return value === 0 || (typeof value === "string" && /^0+%$/.test(value));
}
