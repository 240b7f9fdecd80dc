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
  // Where a line's indentation is wrong, its first word is shown rather than the blanks before.
  const offset = error.code === "BAD_INDENT" ? skipBlanks(text, error.pos[0]) : error.pos[0];
  const hint = hintFor(error);
  return {
    rule: "yaml-syntax",
    severity: "error",
    message: sentence(error),
    ...(hint === undefined ? {} : { hint }),
    offset,
  };
}

function sentence(error: YAMLError): string {
  const bracket = unclosed(error);
  if (bracket !== undefined) return `a ${bracket} that was opened is not closed before this`;
  switch (error.code) {
    case "TAB_AS_INDENT":
      return "a tab cannot indent YAML";
    case "BAD_INDENT":
      return "the indentation does not fit the lines above";
    case "RESOURCE_EXHAUSTION":
      return "nested too deep to be read";
    case "BLOCK_AS_IMPLICIT_KEY":
      return 'a second ": " in one line';
    case "MULTILINE_IMPLICIT_KEY":
      return 'a key ends with ":" on the line where it begins';
    default:
      return error.message.replace(/^./, (first) => first.toLowerCase());
  }
}

/** The bracket that is missing, when that is what is wrong. */
function unclosed({ message }: YAMLError): string | undefined {
  const missing = /^Flow .* end with an? ([\]}])$/.exec(message)?.[1];
  return missing === undefined ? undefined : missing === "]" ? "[" : "{";
}

function hintFor(error: YAMLError): string | undefined {
  if (unclosed(error) !== undefined) return undefined;
  switch (error.code) {
    case "TAB_AS_INDENT":
      return "use spaces";
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      return 'a text with ": " in it needs quotes, and a key needs its ":"';
    case "BAD_INDENT":
      return "align it with its siblings, or indent it further than its parent";
    default:
      return undefined;
  }
}

function skipBlanks(text: string, offset: number): number {
  while (text[offset] === " ") offset++;
  return offset;
}
