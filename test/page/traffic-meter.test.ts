import { expect, test } from "vitest";
import type { WantedTraffic } from "../../src/page/messages.ts";
import { TrafficMeter } from "../../src/page/traffic-meter.ts";

const WEB = { service: "shop/web", duration: 10, failed: false };

function watching(wanted: WantedTraffic, now = -10_000): TrafficMeter {
  const meter = new TrafficMeter();
  meter.watch([wanted], now);
  return meter;
}

test("counts by the second and forgets after five", () => {
  const totals = { totals: ["shop/web"] };
  const meter = watching(totals);
  for (let i = 0; i < 100; i++) meter.note({ ...WEB, failed: i % 10 === 0 }, 1000 + i * 40);
  expect(meter.rates(totals, 5000)).toMatchObject([
    { from: "anyone", to: "service:shop/web", rate: 20, errors: 0.1 },
  ]);
  expect(meter.rates(totals, 8000)[0]?.rate).toBeLessThan(20);
  expect(meter.rates(totals, 10_001)).toEqual([]);
});

test("tells the edges that lead to a Service and on from it, each once", () => {
  const meter = watching({ lines: ["shop/web", "shop/api"] });
  meter.note({ ...WEB, pod: "web-1" }, 1000);
  meter.note({ ...WEB, pod: "web-2", caller: "shop/api-1" }, 1000);
  meter.note({ ...WEB, pod: "web-2", route: "Ingress shop/front" }, 1000);
  meter.note({ ...WEB, service: "shop/api", route: "Ingress shop/front" }, 1000);
  const edges = (lines: readonly string[]) =>
    meter
      .rates({ lines }, 1000)
      .map(({ from, to, rate }) => `${from} ${to} ${rate * 5}`)
      .sort();
  expect(edges(["shop/web"])).toEqual([
    "outside route:Ingress shop/front 2",
    "outside service:shop/web 1",
    "pod:shop/api-1 service:shop/web 1",
    "route:Ingress shop/front service:shop/web 1",
    "service:shop/web pod:shop/web-1 1",
    "service:shop/web pod:shop/web-2 2",
  ]);
  // The edge from outside to the route is that of both Services.
  expect(edges(["shop/web", "shop/api"])).toHaveLength(7);
  expect(edges(["shop/none"])).toEqual([]);
});

test("forgets edges that nothing goes over, and keeps the others", () => {
  const lines = { lines: ["shop/web"] };
  const meter = watching(lines);
  meter.note({ ...WEB, pod: "web-1", caller: "shop/api-1", route: "Ingress shop/front" }, 1000);
  meter.note({ ...WEB, pod: "web-2" }, 63_000);
  const before = meter.rates(lines, 63_000);
  meter.forget(63_000);
  expect(meter.rates(lines, 63_000)).toEqual(before);
  expect(before.map(({ from, to }) => `${from} ${to}`)).toEqual([
    "outside service:shop/web",
    "service:shop/web pod:shop/web-2",
  ]);
  meter.forget(200_000);
  meter.note(WEB, 200_000);
  expect(meter.rates(lines, 200_000)).toMatchObject([{ from: "outside", rate: 0.2 }]);
});

test("counts what is looked at alone, from when it is looked at", () => {
  const meter = new TrafficMeter();
  const both = { totals: ["shop/web", "shop/api"] };
  meter.note(WEB, 1000);
  expect(meter.rates(both, 1000)).toEqual([]);
  meter.watch([{ totals: ["shop/web"] }, { lines: ["shop/api"] }], 1000);
  for (let i = 0; i < 20; i++) meter.note(WEB, 1000 + i * 100);
  meter.note({ ...WEB, service: "shop/api", pod: "api-1" }, 3000);
  // Two seconds of the five.
  expect(meter.rates({ totals: ["shop/web"] }, 3000)).toMatchObject([{ rate: 10 }]);
  expect(meter.rates({ lines: ["shop/web"] }, 3000)).toEqual([]);
  expect(meter.rates({ lines: ["shop/api"] }, 3000)).toHaveLength(2);
  meter.watch([{ lines: ["shop/web"] }], 3000);
  meter.note(WEB, 3000);
  // The total goes on.
  expect(meter.rates(both, 3000)).toMatchObject([{ to: "service:shop/web", rate: 10.5 }]);
});

test("gives percentiles within the tenth that a class is wide", () => {
  const meter = watching({ totals: ["shop/web"] });
  for (let i = 1; i <= 1000; i++) meter.note({ ...WEB, duration: i }, 1000);
  const [edge] = meter.rates({ totals: ["shop/web"] }, 1000);
  expect(edge!.p50 / 500).toBeGreaterThan(0.9);
  expect(edge!.p50 / 500).toBeLessThan(1.1);
  expect(edge!.p99 / 990).toBeGreaterThan(0.9);
  expect(edge!.p99 / 990).toBeLessThan(1.1);
});

test.each([0, 0.01, 1e9])("takes a duration of %f ms", (duration) => {
  const meter = watching({ totals: ["shop/web"] });
  meter.note({ ...WEB, duration }, 0);
  expect(meter.rates({ totals: ["shop/web"] }, 0)[0]?.p50).toBeGreaterThan(0);
});
