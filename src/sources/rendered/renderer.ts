import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Tool } from "./run-tool.ts";

export interface RenderOptions {
  /** What paths are shown relative to, and where tools run. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How one input is rendered at this moment. */
export interface Renderer {
  /** What is rendered, as the user would type it. */
  readonly shownAs: string;
  /** Where objects go that don't say so. */
  readonly namespace?: string | undefined;
  /** What renders it, or why that can't be done. */
  readonly tool: Tool | Diagnostic;
  failed(message: string): Diagnostic;
  /** The output, taken apart by what it was made of. */
  sections(text: string): readonly Section[];
}

/** A part of what was rendered, and how positions name it. */
export interface Section {
  readonly name: string;
  readonly text: string;
}
