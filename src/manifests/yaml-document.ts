import { Composer, type Document, type Node, Parser, Schema, type YAMLError } from "yaml";
import type { TextProblem } from "./text-problem.ts";

/** One YAML document, parsed: its nodes, or what is wrong with it. */
export interface YamlDocument {
  readonly contents: Node | null;
  readonly problems: readonly TextProblem[];
}

/**
 * Syntax only: every scalar stays text, since kubectl's meaning of them is ours to give. One schema
 * for all documents, and duplicate keys found elsewhere, make it faster than the defaults.
 */
const OPTIONS = {
  schema: new Schema({ schema: "failsafe", resolveKnownTags: false }),
  uniqueKeys: false,
  prettyErrors: false,
  strict: true,
  keepSourceTokens: false,
} as const;

/** A broken document breaks again and again after the first place. */
const MAX_PROBLEMS = 3;

/** The documents of a text that holds no `---` but before its first (`...` may end one). */
export function parseYaml(text: string): YamlDocument[] {
  const documents: YamlDocument[] = [];
  // The schema option of a Document takes an instance; its type for a Composer does not say so.
  const composer = new Composer(OPTIONS as unknown as ConstructorParameters<typeof Composer>[0]);
  for (const document of composer.compose(new Parser().parse(text))) {
    documents.push(readDocument(document as Document.Parsed, text));
  }
  return documents;
}

function readDocument(document: Document.Parsed, text: string): YamlDocument {
  const problems = document.errors.slice(0, MAX_PROBLEMS).map((error) => explain(error, text));
  // Warnings are about tags and directives that mean nothing to us; kubectl is silent about them too.
  return { contents: document.contents as Node | null, problems };
}

function explain(error: YAMLError, text: string): TextProblem {
  const offset = error.pos[0];
  const hint = hintFor(error, text, offset);
  return {
    rule: "yaml-syntax",
    severity: "error",
    message: sentence(error),
    ...(hint === undefined ? {} : { hint }),
    offset,
  };
}

function sentence(error: YAMLError): string {
  switch (error.code) {
    case "TAB_AS_INDENT":
      return "a tab cannot indent YAML";
    case "BAD_INDENT":
      return "the indentation does not fit the lines above";
    case "RESOURCE_EXHAUSTION":
      return "nested too deep to be read";
    default:
      return error.message.replace(/^./, (first) => first.toLowerCase());
  }
}

function hintFor(error: YAMLError, text: string, offset: number): string | undefined {
  if (/\{\{[^}\n]*\}\}/.test(lineAround(text, offset))) {
    return "this looks like a Helm template: render it first (helm template), then load the result";
  }
  switch (error.code) {
    case "TAB_AS_INDENT":
      return "use spaces";
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      return 'a text with ": " in it needs quotes; a key ends with ":"';
    case "BAD_INDENT":
      return "align it with its siblings, or indent it further than its parent";
    default:
      return undefined;
  }
}

function lineAround(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, Math.min(end < 0 ? text.length : end, start + 1000));
}
