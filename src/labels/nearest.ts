import { domainsOf } from "./algebra.ts";
import { type Domain, deciding } from "./domain.ts";
import { type Labels, labelEntries } from "./labels.ts";
import type { Selector } from "./selector.ts";
import { misspelling } from "./spelling.ts";

/** One change to a label set; `undefined` stands for an absent label. */
export interface LabelEdit {
  readonly key: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** A label that looks like a mistyped one: its key, or its value. */
export interface Misspelling {
  readonly part: "key" | "value";
  /** The key as the item spells it. */
  readonly key: string;
  readonly found: string;
  readonly wanted: string;
}

/** An item that a selector misses, and what would make it match. */
export interface Miss<T> {
  readonly item: T;
  readonly labels: Labels;
  /** The smallest set of changes after which the selector matches. */
  readonly edits: readonly LabelEdit[];
  /** Labels that are likely mistyped. */
  readonly misspellings: readonly Misspelling[];
}

/** How to look for near misses. */
export interface NearestOptions<T> {
  /** At most this many misses; 5 by default. */
  readonly limit?: number;
  /** Reads an item's labels; by default `item.metadata.labels`, `item.labels`, or the item itself. */
  readonly labelsOf?: (item: T) => Labels | undefined;
}

/**
 * The items that `selector` comes closest to selecting without doing so, closest first: fewest
 * changed labels, then likeliest misspellings. None when nothing could ever match.
 */
export function nearest<T>(
  selector: Selector,
  items: Iterable<T>,
  options: NearestOptions<T> = {},
): Miss<T>[] {
  const { limit = 5, labelsOf = defaultLabels } = options;
  const wanted = wantedStates(selector);
  if (!wanted) return [];
  const misses: { miss: Miss<T>; rank: number }[] = [];
  for (const item of items) {
    const labels = labelsOf(item) ?? {};
    if (selector.matches(labels)) continue;
    const found = missOf(item, labels, wanted);
    misses.push(found);
    // Keeping a few times the limit bounds the memory for any number of items.
    if (misses.length >= 4 * limit + 64) keepBest(misses, limit);
  }
  keepBest(misses, limit);
  return misses.map(({ miss }) => miss);
}

interface Wanted {
  readonly domain: Domain;
  /** States that would do, all of the named ones among them. */
  readonly states: readonly (string | undefined)[];
}

function wantedStates(selector: Selector): ReadonlyMap<string, Wanted> | undefined {
  if (!selector.selectable) return undefined;
  const wanted = new Map<string, Wanted>();
  for (const [key, domain] of domainsOf([selector])) {
    const states = [...deciding([domain], "valid-labels")].filter((state) => domain.has(state));
    if (states.length === 0) return undefined;
    wanted.set(key, { domain, states });
  }
  return wanted;
}

function missOf<T>(item: T, labels: Labels, wanted: ReadonlyMap<string, Wanted>) {
  const edits: LabelEdit[] = [];
  const misspellings: Misspelling[] = [];
  let doubt = 0;
  for (const [key, { domain, states }] of wanted) {
    const label: unknown = labels[key];
    const from = typeof label === "string" ? label : undefined;
    if (domain.has(from)) continue;
    const { to, typo, distance } = closest(key, from, states, labels, wanted);
    edits.push({ key, from, to });
    if (typo) misspellings.push(typo);
    doubt += distance;
  }
  const miss: Miss<T> = { item, labels, edits, misspellings };
  return { miss, rank: edits.length * 1000 + doubt };
}

const UNLIKE = 3;
/** An item with more labels than this is not searched further for mistyped keys. */
const MAX_COMPARED = 100;

/** The wanted state nearest to what the item has, and the misspelling that may explain it. */
function closest(
  key: string,
  from: string | undefined,
  states: readonly (string | undefined)[],
  labels: Labels,
  wanted: ReadonlyMap<string, Wanted>,
): { to: string | undefined; typo?: Misspelling; distance: number } {
  let to = states[0];
  let typo: Misspelling | undefined;
  let distance = UNLIKE;
  if (from !== undefined) {
    for (const state of states) {
      const edits = state === undefined ? undefined : misspelling(from, state);
      if (state === undefined || edits === undefined || edits >= distance) continue;
      to = state;
      distance = edits;
      typo = { part: "value", key, found: from, wanted: state };
    }
    return typo ? { to, typo, distance } : { to, distance };
  }
  let compared = 0;
  for (const [other, value] of labelEntries(labels)) {
    if (++compared > MAX_COMPARED) break;
    const edits = wanted.has(other) ? undefined : misspelledKey(other, key);
    if (edits === undefined || edits >= distance) continue;
    distance = edits;
    typo = { part: "key", key: other, found: other, wanted: key };
    to = states.includes(value) ? value : to;
  }
  return typo ? { to, typo, distance } : { to, distance };
}

/** As `misspelling`; the same name under another prefix, or under none, counts as one too. */
function misspelledKey(found: string, wanted: string): number | undefined {
  const name = (key: string) => key.slice(key.lastIndexOf("/") + 1);
  if (found !== wanted && name(found) === name(wanted)) return 1;
  return misspelling(found, wanted);
}

function keepBest(misses: { rank: number }[], limit: number): void {
  misses.sort((a, b) => a.rank - b.rank);
  if (misses.length > limit) misses.length = limit;
}

function defaultLabels(item: unknown): Labels | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { metadata, labels } = item as { metadata?: unknown; labels?: unknown };
  if (typeof metadata === "object" && metadata !== null) {
    return (metadata as { labels?: Labels }).labels;
  }
  // A label named "labels" has a string for a value.
  return typeof labels === "object" && labels !== null ? (labels as Labels) : (item as Labels);
}
