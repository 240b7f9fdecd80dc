import type { FieldPath, SourcePosition } from "../../diagnostics/diagnostic.ts";
import { isRecord, type Json } from "../../objects/json.ts";
import type { Locator } from "../manifest-text.ts";
import { SETTING_KEYS, type SettingKey, settingOf } from "./table.ts";

/** The content of one file. */
export interface ConfigLayer {
  readonly value: unknown;
  readonly locator: Locator;
}

/**
 * Merges files, later ones over earlier ones: mappings are merged, other values replaced. Below the top level, an
 * empty value in a later file removes the earlier one.
 */
export function mergeLayers(values: readonly unknown[]): unknown {
  return values.reduce((under, over) => merge(under, over, []));
}

function merge(under: unknown, over: unknown, path: readonly string[]): unknown {
  // A section whose entries are all commented out counts as absent.
  if (over === undefined || (over === null && path.length < 2)) return under;
  if (!isRecord(under) && !isRecord(over)) return over;
  const [one, other] = [under, over].map((value) => inLongForm(value, path));
  if (!isRecord(one) || !isRecord(other)) return over;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  const merged = [...names].map((name): [string, unknown] => [
    name,
    merge(own(one, name), own(other, name), [...path, name]),
  ]);
  return Object.fromEntries(
    merged.filter(([name, value]) => value !== null || own(one, name) === null),
  );
}

/** An entry in its short form, expanded to a mapping. */
function inLongForm(value: unknown, [section = "", ...within]: readonly string[]): unknown {
  if (isRecord(value) || value === undefined || value === null || within.length !== 1) return value;
  const short = isKey(section) ? settingOf(section).type.short : undefined;
  return short === undefined ? value : { [short]: value };
}

function isKey(name: string): name is SettingKey {
  return (SETTING_KEYS as readonly string[]).includes(name);
}

/** @returns undefined when there is nothing at that path. */
export function valueAt(content: unknown, path: FieldPath): unknown {
  let value = content;
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isRecord(value)) value = own(value, String(step));
    else return undefined;
  }
  return value;
}

function own(value: Json, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The position of a merged value: in the last file that contains it. */
export class LayerLocator implements Locator {
  readonly #layers: readonly ConfigLayer[];

  constructor(layers: readonly ConfigLayer[]) {
    this.#layers = layers;
  }

  locate(path: FieldPath, at: "key" | "value" = "value"): SourcePosition {
    let best = this.#layers[0]!;
    let depth = -1;
    for (const layer of this.#layers) {
      const reached = depthOf(layer.value, path);
      if (reached >= depth) [best, depth] = [layer, reached];
    }
    return best.locator.locate(path, at);
  }
}

/** How many steps of a path exist; an entry in its short form contains what it is short for. */
function depthOf(content: unknown, path: FieldPath): number {
  let depth = 0;
  while (depth < path.length) {
    const value = valueAt(content, path.slice(0, depth + 1));
    if (value === undefined) break;
    depth += 1;
  }
  const reached = valueAt(content, path.slice(0, depth));
  return isRecord(reached) || reached === null ? depth : depth + 0.5;
}
