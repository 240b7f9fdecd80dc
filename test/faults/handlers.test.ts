import { describe, expect, it } from "vitest";
import { type Handler, handlers, Mutant } from "./mutants.ts";
import { Ordeal } from "./ordeal.ts";
import { wrongRefusals } from "./starts.ts";

/**
 * Which handlers are taken out, one at a time: a pattern of their names, from `KUBELANE_FAULT_HANDLERS` (`.` for
 * all), without which this is not run. About a minute for each.
 */
const CHOSEN = process.env["KUBELANE_FAULT_HANDLERS"];
/** Faults, and milliseconds, that one that is needed gets to show it. */
const FAULTS = 12_000;
const TIME = 40_000;
const RECOVERY = 60_000;
const SEED = 14;

/** How it is seen that a handler is gone; undefined when it is not. */
async function consequence(handler: Handler): Promise<string | undefined> {
  using mutant = new Mutant(handler);
  const [refusal] = await wrongRefusals(mutant.program);
  if (refusal !== undefined) return refusal;
  let ordeal: Ordeal;
  try {
    ordeal = await Ordeal.open(mutant.program);
  } catch (error) {
    return `it does not start: ${(error as Error).message.slice(-300)}`;
  }
  await using up = ordeal;
  try {
    const isEnough = ({ total }: { total: number }) => total >= FAULTS || up.caught.length > 0;
    await up.inject(SEED, isEnough, TIME);
  } catch {
    return "it ends";
  }
  const [caught] = up.caught;
  if (caught !== undefined) return `a fault that nobody caught: ${caught.slice(0, 200)}`;
  const unanswered = await up.unanswered(RECOVERY);
  return unanswered.length === 0 ? undefined : unanswered.join("; ");
}

describe.runIf(process.platform === "linux" && CHOSEN !== undefined)("an up without", () => {
  const all = CHOSEN === undefined ? [] : handlers();
  const chosen = all.filter(({ name }) => new RegExp(CHOSEN ?? "").test(name));
  it.each(chosen)(
    "$name is seen to need it",
    async (handler) => {
      const seen = await consequence(handler);
      process.stdout.write(
        `${seen === undefined ? "NOT SEEN" : "seen"} ${handler.name}: ${seen}\n`,
      );
      expect(seen).toBeDefined();
    },
    240_000,
  );
});
