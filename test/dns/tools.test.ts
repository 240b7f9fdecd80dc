import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDns, type Dns } from "../../src/dns/dns.ts";
import type { DnsServer } from "../../src/dns/server.ts";
import { describeWith } from "../support/tools.ts";
import { clusterStore } from "./case-table.ts";

const run = promisify(execFile);

describe("other people's tools", () => {
  let dns: Dns;
  let server: DnsServer;
  const at = () => ["@127.0.0.1", "-p", String(server.port)];

  beforeAll(async () => {
    dns = createDns({ store: clusterStore(), localIPs: ["10.244.0.10"] });
    server = await dns.listen();
  });
  afterAll(() => dns.close());

  describeWith(["dig"], "dig", () => {
    const dig = async (...args: string[]) => (await run("dig", [...at(), ...args])).stdout.trim();

    it("shows addresses, SRV and PTR", async () => {
      expect(await dig("+short", "web.default.svc.cluster.local")).toBe("10.96.10.1");
      expect(await dig("+short", "_https._tcp.web.default.svc.cluster.local", "SRV")).toBe(
        "0 100 443 web.default.svc.cluster.local.",
      );
      expect(await dig("+short", "-x", "10.96.10.1")).toBe("web.default.svc.cluster.local.");
    });

    it("comes back over TCP after a truncated answer", async () => {
      const text = await dig("+noedns", "wide.prod.svc.cluster.local");
      expect(text).toContain(";; Truncated, retrying in TCP mode.");
      expect(text).toContain("ANSWER: 45");
    });

    it("finds nothing malformed", async () => {
      for (const type of ["A", "AAAA", "SRV", "TXT", "NS", "SOA", "ANY", "MX"]) {
        const text = await dig("+nocookie", "db.prod.svc.cluster.local", type);
        expect(text).toContain("status: NOERROR");
        expect(text).not.toMatch(/malformed|WARNING: Message|extra bytes|badcookie/i);
      }
    });

    it("shows why, when it asks for Extended DNS Errors", async () => {
      const text = await dig("+ednsopt=15", "_htpp._tcp.web.default.svc.cluster.local", "SRV");
      expect(text).toContain("status: NXDOMAIN");
      expect(text).toMatch(/EDE: 0 \(Other\).*port htpp not found/);
    });

    it("is refused a zone transfer", async () => {
      expect(await dig("cluster.local", "AXFR")).toContain("Transfer failed");
    });
  });

  describeWith(["kdig"], "kdig", () => {
    const kdig = async (...args: string[]) => (await run("kdig", [...at(), ...args])).stdout.trim();

    it("agrees over UDP and TCP, with padding and cookies", async () => {
      for (const flag of ["+notcp", "+tcp"]) {
        expect(await kdig(flag, "+short", "db-0.db.prod.svc.cluster.local")).toBe("10.244.2.20");
      }
      const text = await kdig("+edns", "+padding=64", "+cookie", "web.default.svc.cluster.local");
      expect(text).toContain("status: NOERROR");
      expect(text).not.toMatch(/WARNING|malformed/i);
    });

    it("keeps several queries on one TCP connection", async () => {
      const text = await kdig(
        "+tcp",
        "+keepopen",
        "+short",
        "web.default.svc.cluster.local",
        "dual.default.svc.cluster.local",
      );
      expect(text.split("\n")).toEqual(["10.96.10.1", "10.96.10.3"]);
    });
  });
});
