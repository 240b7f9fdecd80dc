import type { IntOrPercent } from "./workloads.ts";

/** Whether a value is 0 or 0 %. */
export function isZero(value: IntOrPercent | undefined): boolean {
  return value === 0 || (typeof value === "string" && /^0+%$/.test(value));
}

/**
 * An absolute number out of a number or a percentage of `total`.
 * @param round surges are rounded up, unavailabilities down.
 */
export function resolveIntOrPercent(
  value: IntOrPercent | undefined,
  fallback: IntOrPercent,
  total: number,
  round: (value: number) => number,
): number {
  const given = value ?? fallback;
  if (typeof given === "number") return Math.max(0, given);
  const percent = /^([0-9]{1,9})%$/.exec(given)?.[1];
  return percent === undefined ? 0 : round((Number(percent) * total) / 100);
}
