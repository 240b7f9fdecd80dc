import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { proportionalReplicas } from "../../src/controllers/proportional-scaling.ts";

describe("a Deployment scaled in the middle of a rollout", () => {
  it.each<[string, readonly number[], number, number, number, readonly number[]]>([
    // sizes, oldest first; the most there could be before; desired; maxSurge; sizes then
    ["grows every set in proportion", [8, 5], 13, 15, 3, [11, 7]],
    ["shrinks every set in proportion", [8, 5], 13, 5, 2, [4, 3]],
    ["gives what rounding leaves to the largest", [5, 5, 5], 15, 16, 0, [5, 5, 6]],
    ["takes what rounding leaves from the largest", [5, 5, 5], 15, 14, 0, [4, 5, 5]],
    ["grows the newest of equal ones first", [1, 1], 2, 3, 0, [1, 2]],
    ["to nothing gives up everything", [8, 5], 13, 0, 3, [0, 0]],
    ["to the same size changes nothing", [8, 5], 13, 10, 3, [8, 5]],
  ])("%s", (_, sizes, before, desired, maxSurge, expected) => {
    const sets = sizes.map((replicas) => ({ replicas, maxBefore: before }));
    expect(proportionalReplicas(sets, desired, maxSurge)).toEqual(expected);
  });

  it("has as many pods as it may have, and keeps the order of sizes but for one pod", () => {
    const size = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 1, maxLength: 4 }),
        fc.nat(100),
        fc.nat(10),
        (sizes, desired, maxSurge) => {
          const maxBefore = sizes.reduce((a, b) => a + b, 0);
          const sets = sizes.map((replicas) => ({ replicas, maxBefore }));
          const found = proportionalReplicas(sets, desired, maxSurge);
          const allowed = desired === 0 ? 0 : desired + maxSurge;
          expect(found.reduce((a, b) => a + b, 0)).toBe(allowed);
          for (const [i, replicas] of found.entries()) {
            expect(replicas).toBeGreaterThanOrEqual(0);
            const share = (sizes[i]! * allowed) / maxBefore;
            expect(Math.abs(replicas - share)).toBeLessThanOrEqual(sizes.length);
          }
        },
      ),
    );
  });
});
