import { describe, expect, it } from "vitest";
import { BackOff, KUBELET_BACK_OFF } from "../../src/runtime/back-off.ts";

const waits = (backOff: BackOff, runs: readonly number[]) =>
  runs.map((seconds) => backOff.next(seconds * 1000) / 1000);

describe("CrashLoop back-off", () => {
  it("restarts at once, then after 10 s doubling to 5 min", () => {
    const backOff = new BackOff(KUBELET_BACK_OFF);
    expect(waits(backOff, Array(8).fill(1))).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  });

  it("starts afresh after 10 min without an end", () => {
    const backOff = new BackOff(KUBELET_BACK_OFF);
    expect(waits(backOff, [1, 1, 1, 599, 600, 1])).toEqual([0, 10, 20, 40, 0, 10]);
  });

  it("has a shorter cap when told so", () => {
    const backOff = new BackOff({ base: 1_000, cap: 3_000 });
    expect(waits(backOff, [1, 1, 1, 1, 1, 6])).toEqual([0, 1, 2, 3, 3, 0]);
  });
});
