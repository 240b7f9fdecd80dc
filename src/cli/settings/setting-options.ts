import {
  FALLBACKS,
  SETTING_KEYS,
  type SettingKey,
  settingOf,
} from "../../manifests/settings/table.ts";
import type { Option } from "../command.ts";

/** The options of a command that set settings, without the global ones. */
export const SETTING_OPTIONS: readonly Option[] = SETTING_KEYS.flatMap((key) =>
  settingOf(key).option?.global ? [] : optionsOf(key),
);

/** The option of a setting; for a switch also its opposite, to override a file. */
export function optionsOf(key: SettingKey): Option[] {
  const { type, option, summary } = settingOf(key);
  if (option === undefined) return [];
  const { flags, completes } = option;
  const shown: Option = {
    flags,
    summary: `${option.summary ?? summary}${defaultNote(key)}`,
    ...(type.choices && { choices: type.choices }),
    ...(completes && { completes }),
    ...(type.repeats && !flags.includes("...") && { repeatable: true }),
  };
  if (flags.includes("<")) return [shown];
  const negated = longFlag(flags).startsWith("--no-");
  const word = longFlag(flags).replace(/^--(no-)?/, "");
  const opposite: Option = {
    flags: negated ? `--${word}` : `--no-${word}`,
    summary: "the opposite",
    hidden: true,
  };
  // The positive option comes first: with the negative one alone, commander's default is true.
  return negated ? [opposite, shown] : [shown, opposite];
}

/** The default in help, for options with a value. */
function defaultNote(key: SettingKey): string {
  const note = fallbackText(key);
  return note === undefined || !settingOf(key).option?.flags.includes("<")
    ? ""
    : ` (default: ${note})`;
}

/** The default of a setting. @returns undefined where it is empty or off */
export function fallbackText(key: SettingKey): string | undefined {
  const parts = [shownValue(key, FALLBACKS[key]), settingOf(key).fallbackNote];
  const said = parts.filter((part) => part !== undefined);
  return said.length === 0 ? undefined : said.join(", ");
}

/** A value in one line. @returns undefined for an absent one, an empty list, and values without such a form */
export function shownValue(key: SettingKey, value: unknown): string | undefined {
  const isEmpty = value === undefined || (Array.isArray(value) && value.length === 0);
  return isEmpty ? undefined : settingOf(key).type.show?.(value);
}

/** `--dns-zone` of `-z, --dns-zone <name>`. */
export function longFlag(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? "";
}
