import type { Diagnostic, FieldPath, SourcePosition } from "../diagnostics/diagnostic.ts";
import { nearestName } from "../diagnostics/nearest-name.ts";
import { isRecord, quote } from "../objects/json.ts";
import type { StringMap } from "../objects/object.ts";
import type { Locator } from "./manifest-text.ts";

/**
 * Reads the values of a config file by their types. Absent values are undefined or empty; so are invalid ones, for
 * which a diagnostic is added.
 */
export class ConfigValues {
  readonly #locator: Locator;
  readonly #diagnostics: Diagnostic[];

  /** What relative paths are relative to. */
  readonly folder: string;

  /** @param diagnostics where to add what is wrong. */
  constructor(locator: Locator, diagnostics: Diagnostic[], folder = ".") {
    this.#locator = locator;
    this.folder = folder;
    this.#diagnostics = diagnostics;
  }

  /** @param keys those that it may have; absent: any. */
  mapping(
    value: unknown,
    path: FieldPath,
    keys?: readonly string[],
  ): Readonly<Record<string, unknown>> | undefined {
    if (!isRecord(value)) {
      this.error("config-type", path, "expected a mapping");
      return undefined;
    }
    if (keys === undefined) return value;
    for (const key of Object.keys(value)) {
      if (keys.includes(key)) continue;
      const near = nearestName(key, keys);
      const hint = near === undefined ? `there are ${keys.join(", ")}` : `did you mean ${near}?`;
      this.error("config-key", [...path, key], `there is no ${quote(key)} here`, hint, "key");
    }
    return value;
  }

  string(value: unknown, path: FieldPath): string | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return value;
    const scalar = typeof value !== "object";
    const hint = scalar ? `put it in quotes: "${String(value)}"` : undefined;
    this.error("config-type", path, "expected a string", hint);
    return undefined;
  }

  strings(value: unknown, path: FieldPath): string[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      this.error("config-type", path, "expected a list of strings");
      return [];
    }
    return value.flatMap((item: unknown, i) => this.string(item ?? "", [...path, i]) ?? []);
  }

  stringMap(value: unknown, path: FieldPath): StringMap {
    if (value === undefined || value === null) return {};
    const mapping = this.mapping(value, path) ?? {};
    return Object.fromEntries(
      Object.entries(mapping).map(([key, item]) => [
        key,
        this.string(item ?? "", [...path, key]) ?? "",
      ]),
    );
  }

  count(value: unknown, path: FieldPath, of = "pods"): number | undefined {
    if (value === undefined || value === null) return undefined;
    if (Number.isInteger(value) && (value as number) >= 0) return value as number;
    this.error("config-type", path, `expected a number of ${of}: 0 or more`);
    return undefined;
  }

  /** @returns milliseconds. */
  seconds(value: unknown, path: FieldPath): number | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value * 1000;
    this.error("config-type", path, "expected a number of seconds");
    return undefined;
  }

  locate(path: FieldPath, at: "key" | "value" = "value"): SourcePosition {
    return this.#locator.locate(path, at);
  }

  error(
    rule: string,
    path: FieldPath,
    message: string,
    hint?: string,
    at: "key" | "value" = "value",
  ): void {
    this.#diagnostics.push({
      rule,
      severity: "error",
      message,
      ...(hint === undefined ? {} : { hint }),
      path,
      position: this.#locator.locate(path, at),
    });
  }
}
