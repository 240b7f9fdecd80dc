import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { setAlarm } from "../../src/engine/alarm.ts";
import type { Controller } from "../../src/store/controller.ts";
import { Store } from "../../src/store/store.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Rings at the given times, once each, and says when it did. */
function sleeper(times: number[]): Controller & { readonly rung: number[] } {
  const rung: number[] = [];
  return {
    name: "sleeper",
    rung,
    nextWake: () => (times[0] === undefined ? undefined : new Date(times[0])),
    reconcile(_changes, _store, now) {
      if (times[0] !== undefined && now.getTime() >= times[0]) {
        rung.push(now.getTime() - START);
        times.shift();
      }
      return [];
    },
  };
}

const now = () => new Date();

describe("the alarm", () => {
  it("calls controllers when their time has come, and again for the next", () => {
    const controller = sleeper([START + 1_000, START + 5_000]);
    const store = new Store({ controllers: [controller], now });
    const alarm = setAlarm(store, now, () => {});
    vi.advanceTimersByTime(999);
    expect(controller.rung).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(controller.rung).toEqual([1_000]);
    vi.advanceTimersByTime(10_000);
    expect(controller.rung).toEqual([1_000, 5_000]);
    alarm.close();
  });

  it("waits for times that are months away", () => {
    const month = 31 * 24 * 3600 * 1000;
    const controller = sleeper([START + month]);
    const alarm = setAlarm(new Store({ controllers: [controller], now }), now, () => {});
    vi.advanceTimersByTime(month - 1);
    expect(controller.rung).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(controller.rung).toEqual([month]);
    alarm.close();
  });

  it("is wound again by what changes, and silent once closed", () => {
    const times: number[] = [];
    const controller = sleeper(times);
    const store = new Store({ controllers: [controller], now });
    const alarm = setAlarm(store, now, () => {});
    times.push(START + 100, START + 200);
    store.apply([
      { op: "put", object: { apiVersion: "v1", kind: "Node", metadata: { name: "local" } } },
    ]);
    vi.advanceTimersByTime(100);
    expect(controller.rung).toEqual([100]);
    alarm.close();
    vi.advanceTimersByTime(1_000);
    expect(controller.rung).toEqual([100]);
  });

  it("goes on after a controller that throws, a second later", () => {
    const errors: string[] = [];
    const controller = sleeper([START + 100]);
    const broken: Controller = {
      name: "broken",
      nextWake: () => (errors.length > 0 ? undefined : new Date(START + 50)),
      reconcile() {
        throw new Error("no");
      },
    };
    const store = new Store({ controllers: [broken, controller], now });
    const alarm = setAlarm(store, now, (error) => errors.push(error.message));
    vi.advanceTimersByTime(2_000);
    expect(errors).toHaveLength(1);
    expect(controller.rung).toEqual([1_050]);
    alarm.close();
  });
});
