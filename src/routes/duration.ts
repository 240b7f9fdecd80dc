const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/**
 * Milliseconds of a duration in Gateway API's format (GEP-2257): `1h30m`, `500ms`.
 * @returns undefined for an absent one, and for 0, which means no limit
 */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/([0-9]+)(h|ms|m|s)/g)) {
    sum += Number(count) * (UNIT_MS[unit as string] as number);
  }
  return sum === 0 ? undefined : sum;
}
