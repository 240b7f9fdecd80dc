import { resolve } from "node:path";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { isUrl, type KustomizeRendering } from "../../manifests/manifest-input.ts";
import { findProgram } from "../../network/program.ts";
import { noKustomization, showPath } from "../path-findings.ts";
import type { Inputs } from "./inputs.ts";
import { addKustomization } from "./kustomization.ts";
import type { Renderer, RenderOptions } from "./renderer.ts";
import type { Tool } from "./run-tool.ts";
import { KUSTOMIZE, renderFailed, toolMissing } from "./tool-findings.ts";

/** The folder as rendered by `kustomize build`, or `kubectl kustomize` where only that is installed. */
export async function kustomizeRenderer(
  { kustomize }: KustomizeRendering,
  inputs: Inputs,
  { cwd, env }: RenderOptions,
): Promise<Renderer> {
  const folder = isUrl(kustomize) ? kustomize : resolve(cwd, kustomize);
  const shownAs = isUrl(kustomize) ? kustomize : showPath(folder, cwd);
  const position = { file: shownAs, line: 1, column: 1 };
  return {
    shownAs,
    tool: await toolFor(),
    toolName: "kustomize",
    failed: (tool, message) => renderFailed(tool, message, position),
    sections: (text) => [{ name: `${shownAs} (rendered)`, text }],
  };

  async function toolFor(): Promise<Tool | Diagnostic> {
    let hasCharts = false;
    if (!isUrl(kustomize)) {
      const found = await addKustomization(folder, inputs);
      hasCharts = found.hasCharts;
      if (!found.isThere) return await noKustomization(folder, shownAs);
    }
    const path = env["PATH"] ?? "";
    // kustomize calls helm itself, but only with this flag.
    const args = [folder, ...(hasCharts ? ["--enable-helm"] : [])];
    const standalone = findProgram("kustomize", path, cwd);
    if (standalone !== undefined) {
      return { program: standalone, args: ["build", ...args], versionArgs: ["version"] };
    }
    const kubectl = findProgram("kubectl", path, cwd);
    if (kubectl !== undefined) {
      const versionArgs = ["version", "--client"];
      return { program: kubectl, args: ["kustomize", ...args], versionArgs };
    }
    return toolMissing(KUSTOMIZE, position);
  }
}
