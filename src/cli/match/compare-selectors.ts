import { counterexample, witness } from "../../labels/algebra.ts";
import { type Labels, labelEntries } from "../../labels/labels.ts";
import { CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { parseSelectorArgument } from "../selector-argument.ts";

/** Only over valid labels: selectors never meet others. */
const OVER = { over: "valid-labels" } as const;

/** Prints whether two selectors overlap, or one contains the other, with an example. */
export function compareSelectors(
  { stdout }: Context,
  texts: readonly string[],
  implication: boolean,
): number {
  const [first, second, ...more] = texts;
  if (first === undefined || second === undefined || more.length > 0) {
    const option = implication ? "--implies" : "--overlaps";
    throw new CommandError(
      EXIT.usage,
      `${option} takes two selectors, not ${texts.length}`,
      `for example kubelane match ${option} app=web 'tier in (web, api)'`,
    );
  }
  const a = parseSelectorArgument(first);
  const b = parseSelectorArgument(second);
  if (implication) {
    const exception = counterexample(a, b, OVER);
    stdout.write(
      exception === undefined
        ? `yes: whatever matches ${a} matches ${b}\n`
        : `no: ${formatLabels(exception)} matches ${a} and not ${b}\n`,
    );
    return exception === undefined ? EXIT.ok : EXIT.no;
  }
  const both = witness([a, b], OVER);
  stdout.write(
    both === undefined
      ? `no: nothing matches both ${a} and ${b}\n`
      : `yes: both match ${formatLabels(both)}\n`,
  );
  return both === undefined ? EXIT.no : EXIT.ok;
}

/** `app=web tier=api`, as `match` takes it; the empty label set in words. */
function formatLabels(labels: Labels): string {
  const pairs = [...labelEntries(labels)].map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? "an object without labels" : pairs.join(" ");
}
