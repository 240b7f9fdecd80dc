import { dirname, resolve } from "node:path";
import type { Diagnostic, FieldPath, SourcePosition } from "../diagnostics/diagnostic.ts";
import { append } from "../objects/append.ts";
import { ConfigValues } from "./config-values.ts";
import { DocumentText, ManifestText } from "./manifest-text.ts";
import { readDocuments } from "./read-documents.ts";
import { type ConfigLayer, LayerLocator, mergeLayers, valueAt } from "./settings/layers.ts";
import { readSettings } from "./settings/read-settings.ts";
import { type SettingKey, type SettingValues, settingPath } from "./settings/table.ts";
import type { TextDocument } from "./text-document.ts";
import type { TextProblem } from "./text-problem.ts";

/** The configuration of a developer's machine: `kubelane.yaml`, and the local file that overrides it. */
export interface LocalConfig {
  /** The config file itself, absolute when it was read from a file. */
  readonly file: string;
  /** The resulting values; paths are absolute. */
  readonly values: SettingValues;
  /** The merged content of the files, as written. */
  readonly content: unknown;
  /** The position of a setting, or of a part of one. @returns undefined when no file contains it. */
  placeOf(key: SettingKey, within?: FieldPath): SourcePosition | undefined;
}

export interface LocalConfigReading {
  /** Absent when a diagnostic is an error: half a configuration would start half the pods. */
  readonly config?: LocalConfig;
  readonly diagnostics: readonly Diagnostic[];
}

/** A text and its file's name in positions. */
export interface ConfigText {
  readonly text: string;
  readonly shownAs: string;
}

/**
 * Reads the text of a `kubelane.yaml`. Never throws for its content.
 * @param file the text's file: relative paths are relative to its folder.
 * @param shownAs the file's name in positions. Default: `file`.
 * @param local the text of a `kubelane.local.yaml` in the same folder, which overrides it.
 */
export function readLocalConfig(
  text: string,
  file: string,
  shownAs = file,
  local?: ConfigText,
): LocalConfigReading {
  const texts = local === undefined ? [{ text, shownAs }] : [{ text, shownAs }, local];
  const diagnostics: Diagnostic[] = [];
  const layers = texts.map((each) => readLayer(each, diagnostics));
  if (hasError(diagnostics)) return { diagnostics };
  const content = mergeLayers(layers.map(({ value }) => value));
  const locator = new LayerLocator(layers);
  const path = resolve(file);
  const reader = new ConfigValues(locator, diagnostics, dirname(path));
  const values = readSettings(content, reader);
  if (hasError(diagnostics)) return { diagnostics };
  const placeOf = (key: SettingKey, within: FieldPath = []) => {
    const at = [...settingPath(key), ...within];
    return valueAt(content, at) === undefined ? undefined : locator.locate(at, "key");
  };
  return { config: { file: path, values, content, placeOf }, diagnostics };
}

function hasError(diagnostics: readonly Pick<Diagnostic, "severity">[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

/** The one document of a text. @param diagnostics where to add what is wrong with it. */
function readLayer({ text, shownAs }: ConfigText, diagnostics: Diagnostic[]): ConfigLayer {
  const source = new ManifestText(text, shownAs);
  const problems: TextProblem[] = [];
  let document: TextDocument | undefined;
  for (const next of readDocuments(text)) {
    if (document === undefined || document.value === null) {
      document = next;
      append(problems, next.problems);
    } else if (next.value !== null || next.problems.length > 0) {
      const offset = next.fields.locate([], "value");
      const message = "a config file is one document; the rest is not read";
      problems.push({ rule: "config-documents", severity: "warning", message, offset });
      break;
    }
  }
  append(
    diagnostics,
    problems.map((problem) => source.diagnose(problem)),
  );
  const fields = document?.fields ?? { locate: () => 0, scalar: () => undefined };
  return { value: document?.value ?? {}, locator: new DocumentText(source, fields) };
}
