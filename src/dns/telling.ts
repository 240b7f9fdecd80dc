import type { Explanation } from "./explanation.ts";
import type { Rule } from "./reason.ts";

/**
 * A name that is there without such a record says more than those that are missing; else `web` stands for a
 * Service of the pod's namespace, `web.shop` for one of another, and longer names for themselves. Where that
 * place is none, a Service that a name led to says more than how names are built.
 */
export function tellingOf(name: string, tried: readonly Explanation[]): Explanation | undefined {
  const nodata = tried.find(({ resolution }) => resolution.rcode === "NOERROR");
  if (nodata !== undefined) return nodata;
  const place = placeOf(name, tried);
  if (place === undefined || !PLACELESS.has(place.rule)) return place;
  return tried.find(({ rule }) => !PLACELESS.has(rule) && rule !== "service-missing") ?? place;
}

/** That there is nothing where a name points: no word about a Service. */
export const PLACELESS: ReadonlySet<Rule> = new Set([
  "namespace-missing",
  "unknown-tree",
  "outside-zones",
  "empty-name",
  "too-many-labels",
]);

/** What the name was completed to, by its length: SRV names have two labels more. */
function placeOf(name: string, tried: readonly Explanation[]): Explanation | undefined {
  const labels = name.split(".").filter((label, i) => i > 1 || !label.startsWith("_"));
  const last = labels.at(-1);
  if (name.endsWith(".") || labels.length > 4) return byName(name, tried);
  if (labels.length === 1) return tried[0];
  return (last === "svc" || last === "pod" ? tried[2] : tried[1]) ?? tried.at(-1);
}

/** The name itself, wherever in the search it was tried. */
function byName(name: string, tried: readonly Explanation[]): Explanation | undefined {
  const full = name.endsWith(".") ? name : `${name}.`;
  return tried.find(({ resolution }) => resolution.name === full) ?? tried.at(-1);
}
