import { JsonFields, readJsonStream } from "./json-text.ts";
import { splitDocuments, type TextPart } from "./split-documents.ts";
import type { TextDocument } from "./text-document.ts";
import { refuseBinary, refuseYamlSize } from "./text-limits.ts";
import type { TextProblem } from "./text-problem.ts";
import { composeYaml } from "./yaml/composer.ts";
import { YamlFields } from "./yaml/fields.ts";

/**
 * Splits a text into documents as kubectl does. A text that begins with `{` is a stream of JSON values for as long as
 * it can be, and YAML from there on; any other is YAML.
 */
export function* readDocuments(text: string): Generator<TextDocument> {
  let yamlStart = 0;
  if (beginsLikeJson(text)) {
    const { documents, end, refusal } = readJsonStream(text);
    yield* documents;
    if (refusal !== undefined) {
      yield { value: null, problems: [refusal], fields: new JsonFields(text, end) };
      yamlStart = nextSeparator(text, end);
    } else yamlStart = end;
  }
  // kubectl adds a missing line end at the end of a file.
  const lines = text.endsWith("\n") ? text : `${text}\n`;
  for (const part of splitDocuments(lines, yamlStart)) yield readYamlPart(lines, part);
}

/** kubectl searches the first brace only so far. */
const PEEKED = 4096;

function beginsLikeJson(text: string): boolean {
  return /^[\t\n\v\f\r \x85\xa0]*\{/.test(text.slice(0, PEEKED));
}

/** The offset of the next document separator; that of the end if there is none. */
function nextSeparator(text: string, from: number): number {
  const found = text.indexOf("\n---", from);
  return found < 0 ? text.length : found + 1;
}

function readYamlPart(text: string, { start, end, refusal }: TextPart): TextDocument {
  const fields = new YamlFields(text, start, end);
  const refused = refusal ?? refuseYamlSize(start, end) ?? refuseBinary(text, start, end);
  if (refused !== undefined) return { value: null, problems: [refused], fields };
  const { value, problems, unread } = composeYaml(text, start, end);
  return {
    value,
    problems: unread === undefined ? problems : [...problems, notRead(unread)],
    fields,
  };
}

function notRead(offset: number): TextProblem {
  return {
    rule: "document-rest",
    severity: "warning",
    message: "the document has ended before this; kubectl drops the rest of it without a word",
    hint: "begin another document with a line ---",
    offset,
  };
}
