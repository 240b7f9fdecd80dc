import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunningUp } from "../support/up.ts";
import { Scene } from "./scene.ts";
import { ask, PATIENCE, waysIn } from "./traffic.ts";

/**
 * How many, from `KUBELANE_FAULTS`, without which this is not run: minutes of a machine that does little else.
 * In the long run, of 100,000, each fault is met at least 50 times.
 */
const FAULTS = Number(process.env["KUBELANE_FAULTS"]);
const SEED = Number(process.env["KUBELANE_FAULTS_SEED"] ?? Date.now() % 2 ** 31);
const EACH = FAULTS >= 100_000 ? 50 : 1;
/** Clients at the same time. */
const CLIENTS = 40;
/** Milliseconds in which everything answers again once nothing fails any more. */
const RECOVERY = 60_000;

const HOOK = resolve(import.meta.dirname, "injection.mjs");

interface Report {
  readonly total: number;
  readonly hits: readonly (readonly [fault: string, count: number])[];
  readonly resources: Readonly<Record<string, number>>;
  readonly descriptors: number;
}

let scene: Scene;
let up: RunningUp;

beforeEach(async () => {
  scene = await Scene.open();
  up = new RunningUp(
    [
      ...["--dns", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
      ...["--dns-upstream", scene.upstream.address, "--access-log", "text"],
    ],
    { cwd: scene.folder, nodeArgs: ["--import", HOOK], ipc: true },
  );
  await up.ready();
});

afterEach(async () => {
  await up.stop("SIGTERM");
  await scene[Symbol.asyncDispose]();
});

async function report(): Promise<Report> {
  up.process.send({ type: "report" });
  const [found] = await once(up.process, "message");
  return found;
}

describe.runIf(process.platform === "linux")(`an up whose calls fail (seed ${SEED})`, () => {
  it(
    `answers by every name after ${FAULTS} of them, keeps its pods and leaks nothing`,
    async () => {
      const runtime = up.env["KUBELANE_RUNTIME_DIR"] ?? "";
      const control = readdirSync(runtime).find((name) => name.endsWith(".sock")) ?? "";
      const ways = waysIn({
        gateway: up.gatewayPort,
        dns: up.dnsPort,
        admin: up.adminPort,
        control: join(runtime, control),
      });
      await answersAgain(ways);
      const before = await report();

      up.process.send({ type: "start", seed: SEED });
      const all = Object.values(ways);
      let injecting = true;
      // What was lost is not worth waiting for.
      PATIENCE.now = 1_000;
      const clients = Array.from({ length: CLIENTS }, async (_, i) => {
        for (let n = i; injecting; n++) await all[n % all.length]?.().catch(() => {});
      });
      const change = setInterval(() => scene.change(), 100);
      let found = await report();
      const isEnough = () =>
        found.total >= FAULTS && found.hits.every(([, count]) => count >= EACH);
      const deadline = performance.now() + 30_000 + FAULTS * 20;
      while (!isEnough() && performance.now() < deadline) {
        await wait(200);
        found = await report();
      }
      injecting = false;
      clearInterval(change);
      up.process.send({ type: "stop" });
      await Promise.all(clients);
      PATIENCE.now = 10_000;

      process.stdout.write(`${listed(found)}\n`);
      const caught = up.stderr.split("a fault of kubelane itself").slice(1);
      expect(caught.map((text) => text.slice(0, 1_500))).toEqual([]);
      await answersAgain(ways);
      expect(found.hits.filter(([, count]) => count < EACH)).toEqual([]);
      expect(found.total).toBeGreaterThanOrEqual(FAULTS);
      const { body } = await ask({ port: up.adminPort, path: "/metrics" });
      expect(body).toContain("\nkubelane_faults_total 0\n");
      expect(up.stderr.match(/^kept-.*/gm)?.filter((line) => !line.includes("ready"))).toEqual([
        expect.stringMatching(/started, pid \d+$/),
      ]);
      await expectNoLeak(before);
    },
    400_000 + FAULTS * 25,
  );
});

/** Every way in leads to its answer, at the latest when what was broken has been set up again. */
async function answersAgain(ways: Record<string, () => Promise<void>>): Promise<void> {
  const deadline = performance.now() + RECOVERY;
  const failures = await Promise.all(
    Object.entries(ways).map(async ([name, way]) => {
      for (;;) {
        try {
          await way();
          return [];
        } catch (error) {
          if (performance.now() > deadline) return [`${name}: ${(error as Error).message}`];
          await wait(100);
        }
      }
    }),
  );
  expect(failures.flat()).toEqual([]);
}

/** What an `up` holds open that has been quiet for a while, compared with what it held at its start. */
async function expectNoLeak(before: Report): Promise<void> {
  const more = 40;
  const leaks = async () => {
    const { resources, descriptors } = await report();
    const kinds = Object.entries(resources).filter(
      ([kind, count]) => count > (before.resources[kind] ?? 0) + more,
    );
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
