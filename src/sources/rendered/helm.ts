import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { SourcePosition } from "../../diagnostics/diagnostic.ts";
import { type HelmRendering, isUrl } from "../../manifests/manifest-input.ts";
import { findProgram } from "../../network/program.ts";
import { isRecord } from "../../objects/json.ts";
import { showPath } from "../path-findings.ts";
import type { Inputs } from "./inputs.ts";
import type { Renderer, RenderOptions, Section } from "./renderer.ts";
import { HELM, renderFailed, toolMissing } from "./tool-findings.ts";

/** A chart rendered by `helm template`, without its test pods, which should run only on request. */
export async function helmRenderer(
  { helm: chart, folder: base, release, namespace, values = [], set = {} }: HelmRendering,
  inputs: Inputs,
  { cwd, env }: RenderOptions,
): Promise<Renderer> {
  const from = resolve(cwd, base ?? ".");
  const folder = resolve(from, chart);
  const kind = isUrl(chart) ? undefined : await inputs.add(folder);
  if (kind === "folder") await inputs.addBelow(folder);
  for (const file of values) await inputs.add(resolve(from, file));
  // A name that is no path here may be a chart in a repository that helm knows.
  const shownAs = kind === undefined ? chart : showPath(folder, cwd);
  const position = { file: shownAs, line: 1, column: 1 };
  const program = findProgram("helm", env["PATH"] ?? "", cwd);
  return {
    shownAs,
    namespace,
    tool:
      program === undefined
        ? toolMissing(HELM, position)
        : { program, args: argumentsOf(), versionArgs: ["version", "--short"] },
    toolName: "helm",
    failed: (tool, message) =>
      renderFailed(tool, message, placeIn(message, folder, cwd) ?? position, hintFor(message)),
    sections: (text) => templatesOf(text, shownAs),
  };

  function argumentsOf(): string[] {
    const name = release ?? basename(chart).replace(/(?:-[0-9][^/]*)?\.tgz$/, "");
    const args = ["template", name, kind === undefined ? chart : folder];
    if (namespace !== undefined) args.push("--namespace", namespace);
    args.push("--include-crds", "--skip-tests");
    for (const file of values) args.push("--values", resolve(from, file));
    for (const [path, value] of settings(set)) {
      args.push("--set-json", `${path}=${JSON.stringify(value)}`);
    }
    return args;
  }

  function hintFor(message: string): string | undefined {
    if (!/missing in charts/.test(message)) return undefined;
    return `fetch what it depends on: helm dependency build ${shownAs}`;
  }
}

/** `{ image: { tag: "1" } }` sets `image.tag`, and leaves the rest of `image` as it is. */
function* settings(
  values: Readonly<Record<string, unknown>>,
  prefix = "",
): Iterable<readonly [path: string, value: unknown]> {
  for (const [key, value] of Object.entries(values)) {
    // At the top level a key is a path, as in --set; below it is a name.
    const path = prefix === "" ? key : `${prefix}.${key.replace(/[.,=[\]\\]/g, "\\$&")}`;
    if (isRecord(value)) yield* settings(value, path);
    else yield [path, value];
  }
}

/** Each template's output by the template's name: `helm template --show-only` prints the same lines. */
function templatesOf(text: string, chart: string): Section[] {
  const sections = new Map<string, string>();
  for (const document of text.split(/^---[ \t]*$/m)) {
    if (!/\S/.test(document)) continue;
    const [, source = ""] = /^# Source: [^/\n]+\/([^\n]+)$/m.exec(document) ?? [];
    const name = `${join(chart, source)} (rendered)`;
    sections.set(name, `${sections.get(name) ?? ""}---${document}`);
  }
  return [...sections].map(([name, section]) => ({ name, text: section }));
}

/** The position of an error in a template, where helm names one: `shop/templates/web.yaml:3:20`. */
function placeIn(message: string, folder: string, cwd: string): SourcePosition | undefined {
  for (const [, path = "", line, column] of message.matchAll(PLACE)) {
    const file = join(folder, path);
    if (existsSync(file)) {
      return { file: showPath(file, cwd), line: Number(line), column: Number(column ?? 0) + 1 };
    }
  }
  return undefined;
}

const PLACE = /[\w.-]+\/([\w./-]+\.(?:ya?ml|tpl|txt)):(\d+)(?::(\d+))?/g;
