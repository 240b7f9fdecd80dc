import { printable } from "../../diagnostics/printable.ts";
import type { Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { parseLabelArguments } from "../label-arguments.ts";
import { parseSelectorArgument } from "../selector-argument.ts";

/** The answer for labels from the command line. */
export function matchLabels(
  { stdout }: Context,
  text: string,
  words: readonly string[],
  explain: boolean,
): number {
  const selector = parseSelectorArgument(text);
  const labels = parseLabelArguments(words);
  if (explain) {
    const explanation = selector.explain(labels);
    const lines = String(explanation).replace(/^/gm, "  ");
    stdout.write(printable(`${explanation.matches ? "match" : "no match"}\n${lines}\n`));
    return explanation.matches ? EXIT.ok : EXIT.no;
  }
  if (selector.matches(labels)) {
    stdout.write("match\n");
    return EXIT.ok;
  }
  const failed = selector.requirements.filter((requirement) => !requirement.matches(labels));
  for (const requirement of failed) {
    const value = labels[requirement.key];
    const actual = value === undefined ? "absent" : value === "" ? "empty" : value;
    const why = `${requirement} does not hold, ${requirement.key} is ${actual}`;
    stdout.write(`no match: ${printable(why)}\n`);
  }
  return EXIT.no;
}
