import { once } from "node:events";
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
  const note =
    "another program listens there; DNS names no address that others hold, by name everything works through the gateway\n";
  expect(String(stderr.read())).toBe(`note: 127.96.0.1:80: ${note}note: 127.96.0.2:80: ${note}`);
});

it("tells addresses of one holder together, and once when they are had again", async () => {
  const stderr = new PassThrough();
  const report = new UnreachableReport(stderr);
  const nginx = { pid: 812, command: "nginx", uid: 0 };
  const relays = [1, 2, 3, 4, 5].map((i) => relay(`127.96.0.${i}`, 80));
  for (const each of relays) report.add(each, taken, nginx);
  report.print();
  expect(String(stderr.read())).toMatch(
    /^note: 127\.96\.0\.1:80, 127\.96\.0\.2:80, 127\.96\.0\.3:80 and 2 more: nginx \(pid 812\) listens there; /,
  );
  for (const each of relays) report.regained(each);
  await once(stderr, "readable");
  expect(String(stderr.read())).toBe(
    "note: 127.96.0.1:80, 127.96.0.2:80, 127.96.0.3:80 and 2 more: free now, and served\n",
  );
});

it("names the program even where the port needs a privilege", () => {
  const stderr = new PassThrough();
  const report = new UnreachableReport(stderr);
  const denied = Object.assign(new Error("denied"), { code: "EACCES" });
  report.add(relay("127.96.0.1", 80), denied, { uid: 33 });
  report.print();
  expect(String(stderr.read())).toContain("a program of user 33 (sudo ss -tulpn names it) listens");
});

it.each([
  ["linux", "EACCES", "sudo sysctl net.ipv4.ip_unprivileged_port_start=53"],
  ["darwin", "EACCES", "run as an administrator"],
  ["win32", "EACCES", "run as an administrator"],
  ["darwin", "EADDRNOTAVAIL", "sudo ifconfig lo0 alias 127.96.0.1"],
] as const)(
  "says on %s what would allow an address that fails with %s",
  (platform, code, allow) => {
    const stderr = new PassThrough();
    const report = new UnreachableReport(stderr, platform);
    report.add(relay("127.96.0.1", 80), Object.assign(new Error(code), { code }));
    report.print();
    expect(String(stderr.read())).toContain(`: ${allow}\n`);
  },
);
