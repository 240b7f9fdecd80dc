import type { ValueType } from "./value-type.ts";

/** The command line option of a setting. */
export interface SettingOption {
  /** `--dns-zone <name>`, `--offline`, `--no-relays`. */
  readonly flags: string;
  /** Its description on the command line, where that differs from the file's. Default: the setting's. */
  readonly summary?: string;
  readonly completes?: "file" | "folder";
  /** The values of the option are added to those of the file, instead of replacing them. */
  readonly adds?: true;
  /** A global option, which is read before others. */
  readonly global?: true;
}

/** A setting: one entry from which parsing, help, schema and pages are made. */
export interface Setting<T> {
  readonly type: ValueType<T>;
  /** Its description as part of a sentence; the type says what to write. */
  readonly summary: string;
  /** The default. */
  readonly fallback?: T;
  /** A remark on the default: `or the next free port`. */
  readonly fallbackNote?: string;
  readonly option?: SettingOption;
  /** Whether a change of the file takes effect while `up` runs. */
  readonly live?: true;
}

export interface SettingWithFallback<T> extends Setting<T> {
  readonly fallback: T;
}

/** Makes the type of the default follow that of the values. */
export function setting<T>(
  entry: SettingWithFallback<NoInfer<T>> & { readonly type: ValueType<T> },
): SettingWithFallback<T>;
export function setting<T>(entry: Setting<T>): Setting<T>;
export function setting<T>(entry: Setting<T>): Setting<T> {
  return entry;
}
