import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDns } from "../../src/dns/dns.ts";
import type { DnsOptions } from "../../src/dns/options.ts";
import { SRC } from "../architecture/source-files.ts";
import { clusterStore } from "./case-table.ts";

const labels = fc.constantFrom(
  ...["web", "db", "db-0", "ext", "zoned", "lonely", "zone-a", "pin", "_zone", "_http", "_tcp"],
  ...["default", "prod", "ghost", "svc", "pod", "10-244-1-11", "10-96-10-1", "dns", "notready"],
);
const names = fc
  .tuple(fc.array(labels, { maxLength: 7 }), fc.constantFrom("svc", "pod", "", "x"))
  .map(([left, tree]) => [...left, ...(tree === "" ? [] : [tree]), "cluster.local"].join("."));
const options: fc.Arbitrary<Omit<DnsOptions, "store">> = fc.record({
  pods: fc.constantFrom("disabled", "insecure", "verified"),
  existingNamespaces: fc.constantFrom("declared", "implied"),
  ignoreEmptyService: fc.boolean(),
  noEndpoints: fc.boolean(),
  endpointPodNames: fc.boolean(),
  zonal: fc.boolean(),
  view: fc.constantFrom("local", "cluster"),
});
const types = fc.constantFrom("A", "AAAA", "SRV", "CNAME", "TXT", "PTR", "SOA", "NS", "MX");

describe("the reason of an answer", () => {
  const store = clusterStore();
  const servers = fc.sample(options, 24).map((each) => createDns({ ...each, store }));

  it("is that there is one exactly where there is one, and never about another outcome", () => {
    fc.assert(
      fc.property(names, types, fc.constantFrom(...servers), (name, type, dns) => {
        const { resolution, rule } = dns.explain(name, type);
        expect(rule === "answer").toBe(resolution.answers.length > 0);
        const nodata = ["type-missing", "family-missing", "zone-without-endpoints"];
        if (resolution.rcode === "NXDOMAIN" && type !== "TXT") expect(nodata).not.toContain(rule);
      }),
      { numRuns: 2000 },
    );
  });

  it("is put into words by files that decide nothing: what looks names up is not theirs to call", () => {
    const folder = `${SRC}/dns`;
    const wording = readdirSync(folder).filter((file) => /^expla|^finding|^not-ready/.test(file));
    expect(wording.length).toBeGreaterThan(4);
    for (const file of wording) {
      const text = readFileSync(`${folder}/${file}`, "utf8");
      const calls = /\b(hostEntries|podHosts|shapeOf|zoneAnswer|reverseTargets|whyHidden)\b/.exec(
        text,
      );
      expect([file, calls?.[0]]).toEqual([file, undefined]);
    }
  });
});
