import type { Rendering } from "../../manifests/manifest-input.ts";
import type { FoundFile, Seen } from "../seen.ts";
import { helmRenderer } from "./helm.ts";
import { Inputs, type OnFolder } from "./inputs.ts";
import { kustomizeRenderer } from "./kustomize.ts";
import type { Renderer, RenderOptions } from "./renderer.ts";
import { runTool, ToolError } from "./run-tool.ts";

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
    read: async (before, asked) =>
      before?.stamp === stamp && !asked ? before : { ...(await run(renderer, options)), stamp },
  };
}

async function run(renderer: Renderer, options: RenderOptions): Promise<Omit<Seen, "stamp">> {
  const { tool } = renderer;
  const broken = { text: undefined, missing: false };
  if ("rule" in tool) return { ...broken, finding: tool };
  try {
    return { text: await runTool(tool, options), finding: undefined, missing: false };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { ...broken, finding: renderer.failed(error.message) };
  }
}
