import type { EdgeRate } from "../../messages.ts";

/** The rates of edges that share a line. Percentiles can't be added, so the highest is shown. */
export function together(keys: readonly string[], rates: ReadonlyMap<string, EdgeRate>) {
  let rate = 0;
  let errors = 0;
  let p50 = 0;
  let p99 = 0;
  for (const key of keys) {
    const edge = rates.get(key);
    if (edge === undefined) continue;
    rate += edge.rate;
    errors += edge.rate * edge.errors;
    p50 = Math.max(p50, edge.p50);
    p99 = Math.max(p99, edge.p99);
  }
  return rate === 0 ? undefined : { rate, errors: errors / rate, p50, p99 };
}

export function formatRate(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate.toFixed(1);
}

export function formatDuration(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(0)} s`;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return milliseconds >= 10 ? `${milliseconds.toFixed(0)} ms` : `${milliseconds.toFixed(1)} ms`;
}
