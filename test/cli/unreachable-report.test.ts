import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { UnreachableReport } from "../../src/cli/up/unreachable-report.ts";
import type { PlannedRelay } from "../../src/proxy/relays/relay-plan.ts";

const relay = (host: string, port: number) => ({ host, port, protocol: "TCP" }) as PlannedRelay;
const taken = Object.assign(new Error("taken"), { code: "EADDRINUSE" });

it("names every address that is taken once, however often it is tried again", () => {
  const stderr = new PassThrough();
  const report = new UnreachableReport(stderr);
  report.add(relay("127.96.0.1", 80), taken);
  report.add(relay("127.96.0.1", 80), taken);
  report.print();
  report.add(relay("127.96.0.1", 80), taken);
  report.add(relay("127.96.0.2", 80), taken);
  const note = "something else listens there; by name everything works through the gateway\n";
  expect(String(stderr.read())).toBe(`note: 127.96.0.1:80: ${note}note: 127.96.0.2:80: ${note}`);
});
