import { expect, test } from "vitest";
import { RecentTraffic } from "../../src/control/recent-traffic.ts";
import type { TrafficEvent } from "../../src/proxy/traffic-event.ts";

function event(service: string | undefined, path: string): TrafficEvent {
  const key = { namespace: "shop", port: "", protocol: "TCP", family: "IPv4" } as const;
  return {
    kind: "request",
    protocol: "HTTP/1.1",
    client: "127.0.0.1",
    path,
    attempts: 1,
    duration: 1,
    ...(service !== undefined && { service: { ...key, service } }),
  };
}

test("keeps the last 20 of each Service, in the order in which they came", () => {
  const recent = new RecentTraffic();
  recent.add(event("quiet", "/q"), 5);
  for (let i = 0; i < 100; i++) recent.add(event("busy", `/${i}`), 10 + i);
  recent.add(event(undefined, "/refused"), 50);
  const all = recent.all();
  expect(all).toHaveLength(22);
  expect(all[0]).toMatchObject({ path: "/q", at: "1970-01-01T00:00:00.005Z" });
  expect(all[1]).toMatchObject({ path: "/refused" });
  expect(all.slice(2).map(({ path }) => path)).toEqual(
    Array.from({ length: 20 }, (_, i) => `/${80 + i}`),
  );
});

test("forgets the Service that came first when there are more than 1,000", () => {
  const recent = new RecentTraffic();
  for (let i = 0; i <= 1_000; i++) recent.add(event(`web-${i}`, "/"), i);
  expect(recent.all()).toHaveLength(1_000);
  expect(recent.all()[0]?.service?.service).toBe("web-1");
});
