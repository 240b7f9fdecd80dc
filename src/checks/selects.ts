import { fromLabelSelector, type LabelSelector } from "../labels/label-selector.ts";
import type { Labels } from "../labels/labels.ts";
import { type Miss, nearest } from "../labels/nearest.ts";
import { fromMap, type Selector } from "../labels/selector.ts";
import { describeObject } from "../objects/object-key.ts";
import type { ManifestSet } from "./manifest-set.ts";

/** A LabelSelector that was validated; undefined for one that matches nothing by definition. */
export function selectorOf(written: LabelSelector | undefined): Selector | undefined {
  return written === undefined ? undefined : fromLabelSelector(written);
}

/** A Service's selector; without one it selects nothing (P.2). */
export function mapSelector(map: Labels | undefined): Selector | undefined {
  return map === undefined || Object.keys(map).length === 0 ? undefined : fromMap(map);
}

/** What a selector without a match may have meant: another namespace, or similar labels. */
export function missHint(
  set: ManifestSet,
  namespace: string,
  selector: Selector,
): string | undefined {
  for (const use of set.allPodSources()) {
    if (use.namespace === namespace || !selector.matches(use.labels)) continue;
    return `${describeObject(use.loaded.object)} has these labels, and a selector sees only its own namespace`;
  }
  const [miss] = nearest(selector, set.podSources(namespace), {
    limit: 1,
    labelsOf: ({ labels }) => labels,
  });
  if (miss === undefined) return undefined;
  return `the nearest are the pods of ${describeObject(miss.item.loaded.object)}: ${describeMiss(miss)}`;
}

function describeMiss({ edits, misspellings }: Miss<unknown>): string {
  return edits
    .map(({ key, from, to }) => {
      const typo = misspellings.find((each) =>
        each.part === "value" ? each.key === key : each.wanted === key,
      );
      if (typo?.part === "key") return `their label ${typo.found} is not ${key}`;
      if (to === undefined) return `their ${key} is ${from}, and must be absent`;
      return from === undefined
        ? `they have no ${key}=${to}`
        : `their ${key} is ${from}, not ${to}`;
    })
    .join("; ");
}
