import type { KubernetesObject } from "../object.ts";

/** A column of `get`. */
export interface Column<T extends KubernetesObject = KubernetesObject> {
  /** As kubectl spells it. */
  readonly header: string;
  /** Only with `-o wide`. */
  readonly wide?: boolean;
  cell(object: T, now: Date): string;
}

export const NONE = "<none>";

export const NAME: Column = { header: "NAME", cell: ({ metadata }) => metadata.name };

export const AGE: Column = {
  header: "AGE",
  cell: ({ metadata }, now) => formatAge(metadata.creationTimestamp, now),
};

/** For kinds of which kubectl prints the time instead of the age. */
export const CREATED_COLUMNS: readonly Column[] = [
  NAME,
  { header: "CREATED AT", cell: ({ metadata }) => metadata.creationTimestamp ?? "<unknown>" },
];

/** The age as kubectl prints it: `45s`, `3m12s`, `5h`, `2d3h`, `40d`. */
export function formatAge(timestamp: string | undefined, now: Date): string {
  const began = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  if (Number.isNaN(began)) return "<unknown>";
  const seconds = Math.max(0, Math.floor((now.getTime() - began) / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const pair = (large: number, unit: string, small: number, smallUnit: string) =>
    small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  if (days < 8) return pair(days, "d", hours % 24, "h");
  if (days < 365 * 2) return `${days}d`;
  if (days < 365 * 8) return pair(Math.floor(days / 365), "y", days % 365, "d");
  return `${Math.floor(days / 365)}y`;
}
