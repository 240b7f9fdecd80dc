import { validateLabelKey, validateLabelValue } from "../labels/label-name.ts";
import type { Labels } from "../labels/labels.ts";
import { CommandError } from "./command.ts";
import { EXIT } from "./exit-code.ts";

/**
 * Labels as typed: `app=web tier=api`, or joined by commas.
 * @throws CommandError for an invalid label, with the rule that it breaks.
 */
export function parseLabelArguments(words: readonly string[]): Labels {
  const labels = Object.create(null) as Record<string, string>;
  for (const word of words.flatMap((each) => each.split(",")).filter((each) => each !== "")) {
    const equals = word.indexOf("=");
    if (equals < 0) {
      throw new CommandError(
        EXIT.usage,
        `"${word}" is no label: labels are written key=value`,
        `for a label with an empty value write ${word}=`,
      );
    }
    const key = word.slice(0, equals);
    const value = word.slice(equals + 1);
    const [problem] = [...validateLabelKey(key), ...validateLabelValue(value)];
    if (problem !== undefined)
      throw new CommandError(EXIT.usage, `label ${word}: ${problem.message}`);
    if (key in labels && labels[key] !== value) {
      throw new CommandError(
        EXIT.usage,
        `label ${key} is given twice, as ${labels[key]} and ${value}`,
      );
    }
    labels[key] = value;
  }
  return labels;
}
