import type { IntOrPercent } from "./workloads.ts";

/** Whether a value is 0 or 0 %. */
export function isZero(value: IntOrPercent | undefined): boolean {
  return value === 0 || (typeof value === "string" && /^0+%$/.test(value));
}
