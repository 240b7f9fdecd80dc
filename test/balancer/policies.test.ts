import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/balancer/backend.ts";
import { cost, newLoad, observe, SEED_MS } from "../../src/balancer/endpoint-load.ts";
import { leastConnections } from "../../src/balancer/least-connections.ts";
import { p2c } from "../../src/balancer/p2c.ts";
import { random } from "../../src/balancer/random.ts";
import { roundRobin } from "../../src/balancer/round-robin.ts";
import { seeded } from "./seeded.ts";

const POLICIES = [random, roundRobin, leastConnections, p2c];

function backends(n: number, active: (i: number) => number = () => 0): Backend[] {
  return Array.from({ length: n }, (_, i) => ({
    address: `10.244.0.${i + 1}`,
    port: 80,
    endpoint: { addresses: [`10.244.0.${i + 1}`] },
    ready: true,
    serving: true,
    terminating: false,
    local: true,
    load: { ...newLoad(0), active: active(i) },
  }));
}

function counts(policy: (typeof POLICIES)[number], set: Backend[], draws: number, seed = 7) {
  const next = seeded(seed);
  const seen = new Map(set.map((backend) => [backend, 0]));
  for (let count = 0; count < draws; count++) {
    const chosen = policy.choose(set, { random: next, now: () => 0, count });
    seen.set(chosen, (seen.get(chosen) ?? 0) + 1);
  }
  return [...seen.values()];
}

function chiSquare(observed: number[]): number {
  const expected = observed.reduce((a, b) => a + b, 0) / observed.length;
  return observed.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

describe.each(POLICIES)("the policy $name", (policy) => {
  test("always chooses one of the endpoints", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        fc.integer(),
        (active, count, seed) => {
          const set = backends(active.length, (i) => active[i] ?? 0);
          const turn = { random: seeded(seed), now: () => 5, count };
          expect(set).toContain(policy.choose(set, turn));
        },
      ),
    );
  });

  test("takes the only one", () => {
    const [only] = backends(1);
    expect(policy.choose([only as Backend], { random: () => 0.99, now: () => 0, count: 9 })).toBe(
      only,
    );
  });

  test("gives equals equal shares", () => {
    for (const share of counts(policy, backends(5), 50_000)) {
      expect(share).toBeGreaterThan(9_500);
      expect(share).toBeLessThan(10_500);
    }
  });

  test("is a function of what it is handed", () => {
    const set = backends(4, (i) => i % 2);
    expect(counts(policy, set, 1_000)).toEqual(counts(policy, set, 1_000));
  });
});

describe("random (P.4)", () => {
  // Critical values of the chi-square distribution at 1e-6.
  test.each([
    [2, 23.93],
    [3, 27.63],
    [10, 45.08],
    [100, 184.4],
  ])("over %i endpoints passes a chi-square test at 1e-6", (n, critical) => {
    for (const seed of [1, 2, 3]) {
      expect(chiSquare(counts(random, backends(n), 100_000, seed))).toBeLessThan(critical);
    }
  });

  test("has no memory: what follows an endpoint is as random as anything", () => {
    const set = backends(3);
    const next = seeded(11);
    const pairs = new Array<number>(9).fill(0);
    let last = 0;
    for (let count = 0; count < 90_000; count++) {
      const chosen = set.indexOf(random.choose(set, { random: next, now: () => 0, count }));
      const pair = last * 3 + chosen;
      pairs[pair] = (pairs[pair] ?? 0) + 1;
      last = chosen;
    }
    expect(chiSquare(pairs)).toBeLessThan(42.7);
  });
});

test("round-robin takes each once in a round", () => {
  expect(counts(roundRobin, backends(7), 21)).toEqual(new Array(7).fill(3));
});

test("least-connections never takes one that has more than another", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 10 }), fc.integer(), (active, s) => {
      const set = backends(active.length, (i) => active[i] ?? 0);
      const chosen = leastConnections.choose(set, { random: seeded(s), now: () => 0, count: 0 });
      expect(chosen.load.active).toBe(Math.min(...active));
    }),
  );
});

describe("p2c", () => {
  test("never takes the worst of three", () => {
    const set = backends(3, (i) => (i === 1 ? 10 : 0));
    expect(counts(p2c, set, 3_000)[1]).toBe(0);
  });

  test("avoids an endpoint after one slow answer, and forgives it in time", () => {
    const set = backends(2);
    const slow = set[0] as Backend;
    observe(slow.load, 2_000, 0);
    expect(counts(p2c, set, 100)).toEqual([0, 100]);
    expect(cost(slow.load, 60_000)).toBeLessThan(SEED_MS);
  });
});

test("an answer time counts at once when it is a peak, else by and by", () => {
  const load = newLoad(0);
  observe(load, 500, 0);
  expect(load.ewma).toBe(500);
  observe(load, 10, 10_000);
  expect(load.ewma).toBeCloseTo(500 / Math.E + 10 * (1 - 1 / Math.E));
});
