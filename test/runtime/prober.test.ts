import { describe, expect, it } from "vitest";
import type { CheckResult } from "../../src/runtime/check.ts";
import { Prober, type ProberOptions, type ProbeTiming } from "../../src/runtime/prober.ts";
import { FakeClock } from "./fake-clock.ts";

const ok: CheckResult = { ok: true };
const bad: CheckResult = { ok: false, message: "refused" };

/** Runs a prober whose checks answer by the time; tells at which second each thing happened. */
async function runProber(
  timing: ProbeTiming,
  answer: (second: number) => CheckResult,
  seconds: number,
  options: Partial<ProberOptions> = {},
) {
  const clock = new FakeClock();
  const checks: number[] = [];
  const verdicts: string[] = [];
  const second = () => clock.now() / 1000;
  const prober = new Prober({
    timing,
    check: async () => {
      checks.push(second());
      return answer(second());
    },
    clock,
    initially: false,
    eager: false,
    onVerdict: (result) => verdicts.push(`${second()} ${result.ok ? "ok" : "failed"}`),
    ...options,
  });
  prober.start();
  await clock.advance(seconds * 1000);
  prober.stop();
  await clock.advance(60_000);
  return { checks, verdicts, pending: clock.pending };
}

describe("a probe", () => {
  it("has the defaults of an API server: at once, every 10 s, 1 success, 3 failures", async () => {
    const { checks, verdicts } = await runProber({}, (s) => (s < 15 ? ok : bad), 60);
    expect(checks).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(verdicts).toEqual(["0 ok", "40 failed"]);
  });

  it("waits, repeats and counts as it says", async () => {
    const timing = {
      initialDelaySeconds: 5,
      periodSeconds: 2,
      successThreshold: 2,
      failureThreshold: 2,
    };
    const answers = [ok, bad, ok, ok, bad, ok, bad, bad, bad, ok, ok];
    let i = 0;
    const { checks, verdicts } = await runProber(timing, () => answers[i++] ?? ok, 26);
    expect(checks.slice(0, 4)).toEqual([5, 7, 9, 11]);
    expect(verdicts).toEqual(["11 ok", "19 failed", "25 ok"]);
  });

  it("looks early and often until the first success when it is eager", async () => {
    const timing = { initialDelaySeconds: 30, periodSeconds: 10 };
    const { checks, verdicts } = await runProber(timing, (s) => (s < 0.5 ? bad : ok), 25, {
      eager: true,
    });
    expect(checks).toEqual([0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 10.64, 20.64]);
    expect(verdicts).toEqual(["0.64 ok"]);
  });

  it("does not count early failures towards the threshold", async () => {
    const timing = { initialDelaySeconds: 3, periodSeconds: 5, failureThreshold: 2 };
    const { verdicts } = await runProber(timing, () => bad, 20, {
      eager: true,
      initially: undefined,
    });
    expect(verdicts).toHaveLength(1);
    const at = Number.parseFloat(verdicts[0]!);
    expect(at).toBeGreaterThanOrEqual(8);
    expect(at).toBeLessThan(10);
  });

  it("says nothing while a liveness probe succeeds, and tells of its failure once", async () => {
    const timing = { periodSeconds: 1, failureThreshold: 3 };
    const { verdicts } = await runProber(timing, (s) => (s < 4 ? ok : bad), 20, {
      initially: true,
    });
    expect(verdicts).toEqual(["6 failed"]);
  });

  it("tells failures in other words than the last one", async () => {
    const messages: string[] = [];
    const answer = (s: number): CheckResult =>
      s === 3 ? ok : { ok: false, message: s < 2 ? "starting" : "broken" };
    await runProber({ periodSeconds: 1 }, answer, 5, { onFailure: (m) => messages.push(m) });
    expect(messages).toEqual(["starting", "broken", "broken"]);
  });

  it("gives up on a check that takes longer than its timeout", async () => {
    const verdicts: string[] = [];
    await runProber({ timeoutSeconds: 2, periodSeconds: 3, failureThreshold: 1 }, () => ok, 10, {
      check: (signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve({ ok: false, message: "too slow" }));
        }),
      initially: true,
      onVerdict: (result) => verdicts.push(JSON.stringify(result)),
    });
    expect(verdicts).toEqual(['{"ok":false,"message":"too slow"}']);
  });

  it("leaves no timer when it is stopped", async () => {
    const { pending } = await runProber({ periodSeconds: 1 }, () => ok, 5);
    expect(pending).toBe(0);
  });

  it("says nothing any more when it is stopped during a check", async () => {
    const clock = new FakeClock();
    const verdicts: CheckResult[] = [];
    let answer: (result: CheckResult) => void = () => {};
    const prober = new Prober({
      timing: {},
      check: () => new Promise((resolve) => (answer = resolve)),
      clock,
      initially: false,
      eager: false,
      onVerdict: (result) => verdicts.push(result),
    });
    prober.start();
    await clock.advance(1);
    prober.stop();
    answer(ok);
    await clock.advance(60_000);
    expect(verdicts).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
