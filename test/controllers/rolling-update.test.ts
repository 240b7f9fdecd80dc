import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rollingStep, rolloutLimits } from "../../src/controllers/rolling-update.ts";
import { resolveIntOrPercent } from "../../src/objects/int-or-percent.ts";

describe("limits of a rollout", () => {
  it.each([
    [4, undefined, undefined, 1, 1],
    [3, undefined, undefined, 1, 0],
    [10, "30%", "30%", 3, 3],
    [10, "25%", "25%", 3, 2],
    [1, "25%", "25%", 1, 0],
    [5, 0, 0, 0, 1],
    [5, 2, 9, 2, 5],
    [5, "nonsense", 1, 0, 1],
    [0, "25%", "25%", 0, 1],
  ])(
    "of %d pods with surge %s and unavailable %s are +%d and -%d",
    (desired, surge, un, up, down) => {
      expect(rolloutLimits(desired, surge, un)).toEqual({
        desired,
        maxSurge: up,
        maxUnavailable: down,
      });
    },
  );

  it("never are negative", () => {
    expect(resolveIntOrPercent(-1, 0, 10, Math.ceil)).toBe(0);
    expect(resolveIntOrPercent("-1%", 0, 10, Math.ceil)).toBe(0);
  });
});

describe("a step of a rollout", () => {
  const limits = { desired: 3, maxSurge: 1, maxUnavailable: 0 };
  it.each([
    ["surges first", [0, 0], [[3, 3]], { current: 1, old: [3] }],
    ["waits for the new pod", [1, 0], [[3, 3]], { current: 1, old: [3] }],
    ["gives up an old one for it", [1, 1], [[3, 3]], { current: 1, old: [2] }],
    ["goes on", [1, 1], [[2, 2]], { current: 2, old: [2] }],
    ["ends", [3, 3], [[1, 1]], { current: 3, old: [0] }],
    [
      "gives up broken old pods first",
      [2, 2],
      [
        [2, 1],
        [0, 0],
      ],
      { current: 2, old: [1, 0] },
    ],
    [
      "takes from the oldest",
      [2, 2],
      [
        [1, 1],
        [1, 1],
      ],
      { current: 2, old: [0, 1] },
    ],
    ["shrinks a set that is too big", [5, 5], [[0, 0]], { current: 3, old: [0] }],
  ] as const)("%s", (_, [replicas, available], old, expected) => {
    const sets = old.map(([count, up]) => ({ replicas: count, available: up }));
    expect(rollingStep({ replicas, available }, sets, limits)).toEqual(expected);
  });

  it("keeps the limits at all times, and always ends", () => {
    const scenario = fc.record({
      desired: fc.integer({ min: 0, max: 12 }),
      surge: fc.integer({ min: 0, max: 4 }),
      unavailable: fc.integer({ min: 0, max: 4 }),
      old: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(scenario, ({ desired, surge, unavailable, old }) => {
        const limits = rolloutLimits(desired, surge, unavailable);
        // All old pods run; new ones become available one step after they are made.
        let current = { replicas: 0, available: 0 };
        let sets = old.map((replicas) => ({ replicas, available: replicas }));
        const total = (count: "replicas" | "available") =>
          current[count] + sets.reduce((sum, set) => sum + set[count], 0);
        let most = Math.max(total("replicas"), desired + limits.maxSurge);
        let least = Math.min(total("available"), desired - limits.maxUnavailable);
        for (let step = 0; step < 200; step++) {
          const next = rollingStep(current, sets, limits);
          const grew = next.current > current.replicas;
          current = {
            replicas: next.current,
            available: Math.min(current.available, next.current),
          };
          sets = next.old.map((replicas) => ({ replicas, available: replicas }));
          expect(total("replicas")).toBeLessThanOrEqual(most);
          if (!grew) expect(total("available")).toBeGreaterThanOrEqual(least);
          most = Math.max(total("replicas"), desired + limits.maxSurge);
          least = Math.min(total("available"), desired - limits.maxUnavailable);
          current = { ...current, available: current.replicas };
        }
        expect(current.replicas).toBe(desired);
        expect(sets.every(({ replicas }) => replicas === 0)).toBe(true);
      }),
    );
  });
});
