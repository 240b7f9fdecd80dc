import type { ConfigValues } from "../config-values.ts";
import { valueAt } from "./layers.ts";
import { FALLBACKS, SETTING_KEYS, type SettingValues, settingOf, settingPath } from "./table.ts";

/** The names at the top of kubelane.yaml, each with those below it where it is a mapping of settings. */
const SECTIONS = sectionsOf(SETTING_KEYS.map(settingPath));

function sectionsOf(paths: readonly (readonly string[])[]): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  for (const [section = "", ...names] of paths) {
    sections.set(section, [...(sections.get(section) ?? []), ...names]);
  }
  return sections;
}

/** Reads what a config file says: every setting that there is, and nothing else. */
export function readSettings(content: unknown, values: ConfigValues): SettingValues {
  const top = values.mapping(content, [], [...SECTIONS.keys()]) ?? {};
  for (const [section, names] of SECTIONS) {
    if (names.length > 0) values.mapping(top[section] ?? {}, [section], names);
  }
  const read = SETTING_KEYS.map((key) => {
    const path = settingPath(key);
    return [key, settingOf(key).type.read(valueAt(top, path), path, values) ?? FALLBACKS[key]];
  });
  return Object.fromEntries(read) as SettingValues;
}
