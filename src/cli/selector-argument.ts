import { parseSelector } from "../labels/parse.ts";
import type { Selector } from "../labels/selector.ts";
import { SelectorSyntaxError } from "../labels/syntax-error.ts";
import { CommandError } from "./command.ts";
import { EXIT } from "./exit-code.ts";

/**
 * A label selector from the command line.
 * @throws CommandError that shows the text with a mark below the place at fault.
 */
export function parseSelectorArgument(text: string): Selector {
  try {
    return parseSelector(text);
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    const mark = `${" ".repeat(error.offset)}${"^".repeat(Math.max(1, error.found.length))}`;
    const where = /[\r\n]/.test(text) || text.length > 200 ? "" : `\n    ${text}\n    ${mark}`;
    throw new CommandError(EXIT.usage, `invalid selector: ${error.message}${where}`, undefined, {
      cause: error,
    });
  }
}
