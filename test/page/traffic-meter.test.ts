import { expect, test } from "vitest";
import { TrafficMeter } from "../../src/page/traffic-meter.ts";

test("counts by the second and forgets after five", () => {
  const meter = new TrafficMeter();
  for (let i = 0; i < 100; i++) meter.note("a", "b", 1000 + i * 40, 10, i % 10 === 0);
  expect(meter.rates(5000)).toMatchObject([{ from: "a", to: "b", rate: 20, errors: 0.1 }]);
  expect(meter.rates(8000)[0]?.rate).toBeLessThan(20);
  expect(meter.rates(10_001)).toEqual([]);
});

test("gives percentiles within the tenth that a class is wide", () => {
  const meter = new TrafficMeter();
  for (let i = 1; i <= 1000; i++) meter.note("a", "b", 1000, i, false);
  const [edge] = meter.rates(1000);
  expect(edge!.p50 / 500).toBeGreaterThan(0.9);
  expect(edge!.p50 / 500).toBeLessThan(1.1);
  expect(edge!.p99 / 990).toBeGreaterThan(0.9);
  expect(edge!.p99 / 990).toBeLessThan(1.1);
});

test.each([0, 0.01, 1e9])("takes a duration of %f ms", (duration) => {
  const meter = new TrafficMeter();
  meter.note("a", "b", 0, duration, false);
  expect(meter.rates(0)[0]?.p50).toBeGreaterThan(0);
});
