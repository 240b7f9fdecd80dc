import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WakeTimes } from "../../src/controllers/wake-times.ts";

describe("wake times", () => {
  it("give the earliest, and each key once when its time has come", () => {
    const wakes = new WakeTimes();
    expect(wakes.next()).toBeUndefined();
    wakes.set("b", 20);
    wakes.set("a", 30);
    wakes.set("a", 10);
    wakes.set("c", 5);
    wakes.set("c", undefined);
    expect(wakes.next()).toEqual(new Date(10));
    expect(wakes.due(new Date(9))).toEqual([]);
    expect(wakes.due(new Date(20))).toEqual(["a", "b"]);
    expect(wakes.next()).toBeUndefined();
    expect(wakes.due(new Date(100))).toEqual([]);
  });

  it("are what a plain table of times would give, whatever is set and forgotten", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const time = fc.integer({ min: 0, max: 20 });
    const step = fc.oneof(
      fc.record({ key, time: fc.option(time, { nil: undefined }) }),
      fc.record({ now: time }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const wakes = new WakeTimes();
        const plain = new Map<string, number>();
        for (const step of steps) {
          if ("now" in step) {
            const due = [...plain].filter(([, at]) => at <= step.now).map(([name]) => name);
            for (const name of due) plain.delete(name);
            expect(wakes.due(new Date(step.now)).sort()).toEqual(due.sort());
          } else {
            if (step.time === undefined) plain.delete(step.key);
            else plain.set(step.key, step.time);
            wakes.set(step.key, step.time);
          }
          const earliest = plain.size === 0 ? undefined : new Date(Math.min(...plain.values()));
          expect(wakes.next()).toEqual(earliest);
        }
      }),
    );
  });
});
