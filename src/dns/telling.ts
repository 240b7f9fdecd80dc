import type { Explanation } from "./explanation.ts";
import type { Rule } from "./reason.ts";

/**
 * The one explanation, of all names that a search list tried, that helps the user most. A name that exists without
 * such a record comes first. Otherwise the name is read as it was meant: `web` as a Service of the pod's namespace,
 * `web.shop` as one of another, and longer names as they are. Where that namespace does not exist, an explanation
 * about a Service comes before one about how names are built.
 */
export function tellingOf(name: string, tried: readonly Explanation[]): Explanation | undefined {
  const nodata = tried.find(({ resolution }) => resolution.rcode === "NOERROR");
  if (nodata !== undefined) return nodata;
  const place = placeOf(name, tried);
  if (place === undefined || !PLACELESS.has(place.rule)) return place;
  return tried.find(({ rule }) => !PLACELESS.has(rule) && rule !== "service-missing") ?? place;
}

/** Rules that say that the place does not exist, and nothing about a Service. */
export const PLACELESS: ReadonlySet<Rule> = new Set([
  "namespace-missing",
  "unknown-tree",
  "outside-zones",
  "empty-name",
  "too-many-labels",
]);

/** The explanation for the name as it was meant, judged by its number of labels; SRV names have two more. */
function placeOf(name: string, tried: readonly Explanation[]): Explanation | undefined {
  const labels = name.split(".").filter((label, i) => i > 1 || !label.startsWith("_"));
  const last = labels.at(-1);
  if (name.endsWith(".") || labels.length > 4) return byName(name, tried);
  if (labels.length === 1) return tried[0];
  return (last === "svc" || last === "pod" ? tried[2] : tried[1]) ?? tried.at(-1);
}

/** The name itself, wherever in the search list it was tried. */
function byName(name: string, tried: readonly Explanation[]): Explanation | undefined {
  const full = name.endsWith(".") ? name : `${name}.`;
  return tried.find(({ resolution }) => resolution.name === full) ?? tried.at(-1);
}
