import { execFile, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDns, type Dns } from "../../src/dns/dns.ts";
import type { DnsServer } from "../../src/dns/server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { clusterStore } from "./case-table.ts";

const run = promisify(execFile);

function has(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const hasDig = has("dig", "-v");
const hasKdig = has("kdig", "-V");
/** A mount namespace to put another resolv.conf in: needs root or user namespaces. */
const UNSHARE = ["--mount", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];
const hasNamespaces = process.platform === "linux" && has("unshare", ...UNSHARE, "true");
const canBind53 = hasNamespaces && process.getuid?.() === 0 && has("ip", "-V");

describe("other people's tools", () => {
  let dns: Dns;
  let server: DnsServer;
  const at = () => ["@127.0.0.1", "-p", String(server.port)];

  beforeAll(async () => {
    dns = createDns({ store: clusterStore(), localIPs: ["10.244.0.10"] });
    server = await dns.listen();
  });
  afterAll(() => dns.close());

  describe.skipIf(!hasDig)("dig (skipped where there is none)", () => {
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

  describe.skipIf(!hasKdig)("kdig (skipped where there is none)", () => {
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

  describe.skipIf(!canBind53)(
    "glibc through resolv.conf (skipped without root, unshare and ip)",
    () => {
      // resolv.conf has no ports, so the server listens on 53, on an address of the loopback network.
      const host = "127.53.0.53";

      const inside = async (resolvConf: string, script: string): Promise<string> => {
        const file = join(temporaryFolder(), "resolv.conf");
        writeFileSync(file, resolvConf);
        const nsswitch = join(temporaryFolder(), "nsswitch.conf");
        writeFileSync(nsswitch, "hosts: dns\n");
        const bind = `mount --bind ${file} /etc/resolv.conf && mount --bind ${nsswitch} /etc/nsswitch.conf`;
        const { stdout } = await run("unshare", [...UNSHARE, "sh", "-c", `${bind} && ${script}`]);
        return stdout;
      };

      const resolvConf = (zone: string) =>
        `nameserver ${host}\nsearch default.svc.${zone} svc.${zone} ${zone}\noptions ndots:5 timeout:2\n`;

      it.each(["cluster.local", "k8s.test"])("getent ahosts finds Services of %s", async (zone) => {
        await using own = createDns({ store: clusterStore(), zones: [zone, "in-addr.arpa"] });
        await own.listen({ listen: `${host}:53` });
        for (const name of ["web", "web.default", "web.default.svc", `web.default.svc.${zone}`]) {
          expect(await inside(resolvConf(zone), `getent ahosts ${name}`)).toContain("10.96.10.1");
        }
        expect(await inside(resolvConf(zone), "getent ahosts dual")).toMatch(
          /10\.96\.10\.3[\s\S]*fd00:10:96::3|fd00:10:96::3[\s\S]*10\.96\.10\.3/,
        );
        expect(await inside(resolvConf(zone), "getent hosts 10.96.10.1")).toContain(
          `web.default.svc.${zone}`,
        );
        expect(await inside(resolvConf(zone), "getent ahosts nope || echo none")).toBe("none\n");
        const wide = await inside(resolvConf(zone), "getent ahostsv4 wide.prod");
        expect(new Set(wide.match(/10\.244\.8\.\d+/g)).size).toBe(45);
      });
    },
  );
});
