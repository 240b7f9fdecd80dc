import type { Rendering } from "../../manifests/manifest-input.ts";
import type { FoundFile, Seen } from "../seen.ts";
import { helmRenderer } from "./helm.ts";
import { Inputs, type OnFolder } from "./inputs.ts";
import { kustomizeRenderer } from "./kustomize.ts";
import type { Renderer, RenderOptions } from "./renderer.ts";
import { runTool, type Tool, ToolError, versionOf } from "./run-tool.ts";

/** A rendering: a file that is read by running a tool, once for each state of its inputs. */
export async function renderedFile(
  rendering: Rendering,
  onFolder: OnFolder,
  options: RenderOptions,
): Promise<FoundFile> {
  const inputs = new Inputs(onFolder);
  const renderer =
    "kustomize" in rendering
      ? await kustomizeRenderer(rendering, inputs, options)
      : await helmRenderer(rendering, inputs, options);
  const { shownAs, namespace, tool } = renderer;
  const stamp = `${inputs.digest()} ${JSON.stringify(tool)}`;
  return {
    path: JSON.stringify(rendering),
    shownAs,
    stats: undefined,
    ...(namespace !== undefined && { namespace }),
    sections: renderer.sections,
    read: async (before, asked) => {
      if (before?.stamp === stamp && !asked) return before;
      const isFirst = before === undefined;
      return {
        ...(await run(renderer, isFirst ? options : { ...options, onTool: undefined })),
        stamp,
      };
    },
  };
}

async function run(renderer: Renderer, options: RenderOptions): Promise<Omit<Seen, "stamp">> {
  const { tool, shownAs } = renderer;
  const broken = { text: undefined, missing: false };
  if ("rule" in tool) return { ...broken, finding: tool };
  try {
    const [text, name] = await Promise.all([
      runTool(tool, options),
      options.onTool && namedTool(renderer.toolName, tool, options),
    ]);
    if (name !== undefined) options.onTool?.(shownAs, `${name} (${tool.program})`);
    return { text, finding: undefined, missing: false };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const name = await namedTool(renderer.toolName, tool, options);
    return { ...broken, finding: renderer.failed(name, error.message) };
  }
}

/** `helm v3.20.0`: what renders differs between versions. */
async function namedTool(name: string, tool: Tool, options: RenderOptions): Promise<string> {
  const version = await versionOf(tool, options);
  return version === undefined ? name : `${name} ${version}`;
}
