import type { ValueType } from "./value-type.ts";

/** How a setting is given on the command line of `up`. */
export interface SettingOption {
  /** `--dns-zone <name>`, `--offline`, `--no-relays`. */
  readonly flags: string;
  /** Where the command line has other words for it than the file. Default: those of the setting. */
  readonly summary?: string;
  readonly completes?: "file" | "folder";
  /** The values of a list come besides those of the file, not in their place. */
  readonly adds?: true;
  /** Every command takes it, and reads it before others. */
  readonly global?: true;
}

/** Something that a person can set: one entry, from which parsing, help, schema and pages are made. */
export interface Setting<T> {
  readonly type: ValueType<T>;
  /** What it is, as a part of a sentence; the type says what to write. */
  readonly summary: string;
  /** What holds when nobody says anything. */
  readonly fallback?: T;
  /** What is to be said of that beside the value: `or the next free port`. */
  readonly fallbackNote?: string;
  readonly option?: SettingOption;
  /** Whether a change of the file takes effect while `up` runs. */
  readonly live?: true;
}

export interface SettingWithFallback<T> extends Setting<T> {
  readonly fallback: T;
}

/** Lets the type of the fallback follow that of the values. */
export function setting<T>(
  entry: SettingWithFallback<NoInfer<T>> & { readonly type: ValueType<T> },
): SettingWithFallback<T>;
export function setting<T>(entry: Setting<T>): Setting<T>;
export function setting<T>(entry: Setting<T>): Setting<T> {
  return entry;
}
