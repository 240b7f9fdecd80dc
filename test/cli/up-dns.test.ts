import { Resolver } from "node:dns/promises";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startUpstream } from "../dns/fake-upstream.ts";
import { kubelane } from "../support/terminal.ts";
import { RunningUp } from "../support/up.ts";

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-up-dns-"));
  file = join(folder, "web.yaml");
  writeFileSync(
    file,
    "apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: shop }\nspec: { clusterIP: 10.96.0.50, ports: [{ port: 80 }] }\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the DNS of kubelane up", () => {
  it("answers a further zone alike, and asks an upstream about what is not its own", async () => {
    await using upstream = await startUpstream({
      "example.org.": { A: [[60, "192.0.2.7"]] },
      "8.8.8.8.in-addr.arpa.": { PTR: [[60, "dns.example.org."]] },
    });
    const up = new RunningUp(
      ["-f", file, "--dns", "127.0.0.1:0", "--gateway", "off", "--no-relays"].concat([
        "--dns-zone",
        "k8s.test",
        "--dns-upstream",
        upstream.address,
      ]),
    );
    try {
      await up.until(
        ({ stdout, stderr }) => /^DNS/m.test(stdout) && stderr.includes("ready after"),
      );
      const resolver = new Resolver();
      resolver.setServers([`127.0.0.1:${up.dnsPort}`]);
      for (const zone of ["cluster.local", "k8s.test"]) {
        expect(await resolver.resolve4(`web.shop.svc.${zone}`)).toEqual(["127.96.0.50"]);
      }
      expect(await resolver.reverse("127.96.0.50")).toEqual(["web.shop.svc.cluster.local"]);
      expect(await resolver.resolve4("example.org")).toEqual(["192.0.2.7"]);
      expect(await resolver.reverse("8.8.8.8")).toEqual(["dns.example.org"]);
      expect(upstream.asked).toEqual(["example.org. A", "8.8.8.8.in-addr.arpa. PTR"]);
    } finally {
      await up.stop();
    }
  });

  it("goes by kubelane.yaml, and options go before it", async () => {
    await using upstream = await startUpstream({ "example.org.": { A: [[60, "192.0.2.7"]] } });
    const cwd = mkdtempSync(join(folder, "config-"));
    const dns = `{ pods: disabled, ttl: 11, cache: 20, zones: [k8s.test], upstream: ["${upstream.address}"] }`;
    writeFileSync(join(cwd, "kubelane.yaml"), `manifests: [../web.yaml]\ndns: ${dns}\n`);
    const args = ["--dns", "127.0.0.1:0", "--gateway", "off", "--no-relays", "--pods", "insecure"];
    const up = new RunningUp(args, { cwd });
    try {
      await up.until(
        ({ stdout, stderr }) => /^DNS/m.test(stdout) && stderr.includes("ready after"),
      );
      const resolver = new Resolver();
      resolver.setServers([`127.0.0.1:${up.dnsPort}`]);
      const ttl = { ttl: true } as const;
      expect(await resolver.resolve4("web.shop.svc.k8s.test", ttl)).toMatchObject([{ ttl: 11 }]);
      for (let i = 0; i < 20; i++) await resolver.resolve4("example.org");
      expect(upstream.asked).toEqual(["example.org. A"]);
      // --pods says otherwise than the file, and other commands see it from where this up stands.
      const name = "10-244-0-9.shop.pod.cluster.local";
      expect(await resolver.resolve4(name)).toEqual(["127.244.0.9"]);
      expect((await up.command("resolve", name)).stdout).toContain("10.244.0.9");
    } finally {
      await up.stop();
    }
  });

  it.each([
    [["--dns-ttl", "soon"], '--dns-ttl "soon" is no number of seconds'],
    [["--dns-cache", "4000"], "--dns-cache: must be a whole number from 0 to 3600, not 4000"],
    [
      ["--dns-upstream", "dns.example.org"],
      '--dns-upstream: "dns.example.org" is no server address',
    ],
    [["--dns-zone", "k8s..test"], '--dns-zone "k8s..test" is no name of a zone'],
    [["--cluster-domain", "a b"], '--cluster-domain "a b" is no name of a zone'],
  ])("refuses %j", async (words, message) => {
    const args = ["up", "-f", file, "--dns", "127.0.0.1:0", "--gateway", "off", "--no-relays"];
    const { code, stderr } = await kubelane([...args, ...words], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
