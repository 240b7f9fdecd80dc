import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { Throttle } from "../../src/runtime/throttle.ts";
import { FakeClock } from "./fake-clock.ts";

const MIB = 1024 * 1024;

describe("reading output", () => {
  it("pauses at 5 MiB a second and goes on a moment later", async () => {
    const clock = new FakeClock();
    const source = new PassThrough();
    source.resume();
    const throttle = new Throttle(source, clock);
    let taken = 0;
    while (clock.now() < 2_000) {
      if (source.isPaused()) await clock.advance(1);
      else throttle.took(65_536);
      if (!source.isPaused()) taken += 65_536;
    }
    expect(taken / MIB).toBeGreaterThan(8);
    expect(taken / MIB).toBeLessThan(12);
  });

  it("does not hold up a process that writes little", async () => {
    const clock = new FakeClock();
    const source = new PassThrough();
    source.resume();
    const throttle = new Throttle(source, clock);
    for (let i = 0; i < 100; i++) {
      throttle.took(4_096);
      expect(source.isPaused()).toBe(false);
      await clock.advance(10);
    }
    expect(clock.pending).toBe(0);
  });
});
