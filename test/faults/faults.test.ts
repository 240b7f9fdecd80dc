import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ordeal, type Report } from "./ordeal.ts";
import { ask } from "./traffic.ts";

/**
 * How many, from `KUBELANE_FAULTS`, without which this is not run: minutes of a machine that does little else.
 * In the long run, of 100,000, each fault is met at least 50 times.
 */
const FAULTS = Number(process.env["KUBELANE_FAULTS"]);
const SEED = Number(process.env["KUBELANE_FAULTS_SEED"] ?? Date.now() % 2 ** 31);
const EACH = FAULTS >= 100_000 ? 50 : 1;
/** Milliseconds in which everything answers again once nothing fails any more. */
const RECOVERY = 60_000;

let ordeal: Ordeal;

beforeEach(async () => {
  ordeal = await Ordeal.open();
});

afterEach(() => ordeal[Symbol.asyncDispose]());

describe.runIf(process.platform === "linux")(`an up whose calls fail (seed ${SEED})`, () => {
  it(
    `answers by every name after ${FAULTS} of them, keeps its pods and leaks nothing`,
    async () => {
      const { up } = ordeal;
      expect(await ordeal.unanswered(RECOVERY)).toEqual([]);
      const before = await ordeal.report();

      const isEnough = ({ total, hits }: Report) =>
        total >= FAULTS && hits.every(([, count]) => count >= EACH);
      const found = await ordeal.inject(SEED, isEnough, 30_000 + FAULTS * 20);

      process.stdout.write(`${listed(found)}\n`);
      expect(ordeal.caught).toEqual([]);
      expect(await ordeal.unanswered(RECOVERY)).toEqual([]);
      expect(found.hits.filter(([, count]) => count < EACH)).toEqual([]);
      expect(found.total).toBeGreaterThanOrEqual(FAULTS);
      const { body } = await ask({ port: up.adminPort, path: "/metrics" });
      expect(body).toContain("\nkubelane_faults_total 0\n");
      expect(up.stderr.match(/^kept-.*/gm)?.filter((line) => !line.includes("ready"))).toEqual([
        expect.stringMatching(/started, pid \d+$/),
      ]);
      await expectNoLeak(before, lostByNode(found));
    },
    400_000 + FAULTS * 25,
  );
});

/**
 * Handles of pipes that Node itself never closes: those of a process that could not be started for want of
 * descriptors, two each. They hold no descriptor.
 */
function lostByNode({ hits }: Report): number {
  const spawns = hits.filter(([fault]) => /^child_process spawn E[MN]FILE$/.test(fault));
  return spawns.reduce((sum, [, count]) => sum + 2 * count, 0);
}

/** What an `up` holds open that has been quiet for a while, compared with what it held at its start. */
async function expectNoLeak(before: Report, lostPipes: number): Promise<void> {
  const more = 40;
  const leaks = async () => {
    const { resources, descriptors } = await ordeal.report();
    const kinds = Object.entries(resources).filter(([kind, count]) => {
      const lost = kind === "PipeWrap" ? lostPipes : 0;
      return count > (before.resources[kind] ?? 0) + more + lost;
    });
    return descriptors > before.descriptors + more
      ? [...kinds, ["descriptors", descriptors]]
      : kinds;
  };
  await expect.poll(leaks, { timeout: 150_000, interval: 1_000 }).toEqual([]);
}

function listed({ total, hits }: Report): string {
  const width = Math.max(...hits.map(([fault]) => fault.length));
  const lines = hits.map(([fault, count]) => `  ${fault.padEnd(width)} ${count}`);
  return `${total} faults, seed ${SEED}:\n${lines.join("\n")}`;
}
