import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Tool } from "./run-tool.ts";

export interface RenderOptions {
  /** The folder that paths are shown relative to, and in which tools run. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told once of each input that is rendered: by what, and which version of it. */
  readonly onTool?: ((shownAs: string, tool: string) => void) | undefined;
}

/** The way in which one input is rendered at present. */
export interface Renderer {
  /** What is rendered, as the user would type it. */
  readonly shownAs: string;
  /** The namespace of objects without one. */
  readonly namespace?: string | undefined;
  /** Renders it; or why that can't be done. */
  readonly tool: Tool | Diagnostic;
  /** As people call it. */
  readonly toolName: string;
  /** @param tool its name, with its version where that is known. */
  failed(tool: string, message: string): Diagnostic;
  /** The output, split by the templates that it comes from. */
  sections(text: string): readonly Section[];
}

/** A part of the output, and its name in positions. */
export interface Section {
  readonly name: string;
  readonly text: string;
}
