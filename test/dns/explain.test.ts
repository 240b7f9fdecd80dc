import { describe, expect, it } from "vitest";
import { createDns } from "../../src/dns/dns.ts";
import { explanationText } from "../../src/dns/explanation.ts";
import type { Rule } from "../../src/dns/reason.ts";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import { clusterStore } from "./case-table.ts";
import { pod, service, slice, storeOf } from "./objects.ts";

const Z = "cluster.local";

describe("explain", () => {
  const dns = createDns({ store: clusterStore(), existingNamespaces: "declared" });

  it.each<[string, string, Rule, string]>([
    [`web.default.svc.${Z}`, "A", "answer", "NOERROR: 1 A record of Service default/web"],
    [`lonely.default.svc.${Z}`, "A", "answer", "it has no ready endpoint: connections will fail"],
    [`wbe.default.svc.${Z}`, "A", "service-missing", "did you mean web.default?"],
    [`db.default.svc.${Z}`, "A", "service-missing", "there is prod/db: ask for db.prod"],
    [`web.defualt.svc.${Z}`, "A", "namespace-missing", "did you mean namespace default?"],
    [`web.ghost.svc.${Z}`, "A", "namespace-missing", "no Namespace object ghost"],
    ["web", "A", "outside-zones", `the search list would have found web.default.svc.${Z}`],
    ["example.org", "A", "outside-zones", "is in none of the zones answered here"],
    [`web.default.${Z}`, "A", "unknown-tree", `did you mean web.default.svc.${Z}?`],
    [`dns.${Z}`, "A", "unknown-tree", "RFC 8020 asks for NODATA"],
    [`a.b.c.web.default.svc.${Z}`, "A", "too-many-labels", "3 labels left of the Service"],
    [Z, "A", "empty-name", "exists to hold other names"],
    [`default.svc.${Z}`, "A", "empty-name", "exists to hold other names"],
    [
      `notready.prod.svc.${Z}`,
      "A",
      "headless-not-ready",
      "Service prod/notready is headless and both its endpoints are not ready (10.244.3.50, 10.244.3.51: terminating)",
    ],
    [
      `noslice.prod.svc.${Z}`,
      "A",
      "headless-without-endpoints",
      "prod/noslice selects app=noslice, and no Pod in prod has that",
    ],
    [
      `_htpp._tcp.web.default.svc.${Z}`,
      "SRV",
      "port-missing",
      "port htpp not found in Service default/web; ports are http, https; did you mean _http._tcp?",
    ],
    [
      `_dns._tcp.multi.default.svc.${Z}`,
      "SRV",
      "port-missing",
      "is UDP, not TCP; ask for _dns._udp",
    ],
    [`db-3.db.prod.svc.${Z}`, "A", "endpoint-missing", "endpoints are db-0, db-1, db-2"],
    [`db-2.db.prod.svc.${Z}`, "A", "endpoint-not-ready", "endpoint db-2 of Service prod/db"],
    [`10-244-2-20.db.prod.svc.${Z}`, "A", "endpoint-missing", "is called db-0; ask for db-0"],
    [`_tcp.web.default.svc.${Z}`, "A", "endpoint-missing", "RFC 8020 asks for NODATA"],
    [`_http._tcp.web.default.svc.${Z}`, "A", "answer", "the specification has only SRV there"],
    [`http.tcp.web.default.svc.${Z}`, "SRV", "answer", "without underscores"],
    [`unnamed.default.svc.${Z}`, "SRV", "answer", "lists unnamed ports"],
    [`ext-ip.default.svc.${Z}`, "A", "external-name-is-address", "which is no name"],
    [`foo.ext.default.svc.${Z}`, "A", "external-name-below", "there are no names below it"],
    [`ext-missing.default.svc.${Z}`, "A", "external-name-target", "CoreDNS drops a CNAME"],
    [`ext.default.svc.${Z}`, "A", "answer", "www.example.com itself gave no A record"],
    [`ext.default.svc.${Z}`, "TXT", "type-missing", "for A, AAAA and CNAME only"],
    [`web6.default.svc.${Z}`, "A", "family-missing", "has IPv6 addresses only; ask for AAAA"],
    [`web.default.svc.${Z}`, "MX", "type-missing", "has no MX record"],
    [`portless.prod.svc.${Z}`, "SRV", "type-missing", "declares no ports"],
    ["1.2.3.4.in-addr.arpa", "PTR", "address-unknown", "no Service has the ClusterIP 4.3.2.1"],
    ["1.10.96.10.in-addr.arpa", "PTR", "answer", "10.96.10.1 is web.default.svc.cluster.local."],
    ["1.10.96.10.in-addr.arpa", "A", "type-missing", "can only have PTR records"],
    [`10-244-1-11.default.pod.${Z}`, "A", "pods-disabled", "have pods verified or insecure"],
    [Z, "AXFR", "type-refused", "zone transfers (AXFR) are refused"],
    [`nope.default.svc.${Z}`, "SOA", "service-missing", "even for names that do not exist"],
    [Z, "NS", "empty-name", "name the DNS server itself, and this one listens nowhere"],
    [Z, "TXT", "empty-name", "CoreDNS answers TXT with NXDOMAIN"],
  ])("%s %s is decided by %s: %s", (name, type, rule, text) => {
    const explanation = dns.explain(name, type);
    expect(explanationText(explanation)).toContain(text);
    expect(explanation.rule).toBe(rule);
  });

  it("quotes the reason a pod gives for not being ready", () => {
    const message = "connection refused on 5432";
    const conditions = [{ type: "Ready", status: "False" as const, message }];
    const down = { addresses: ["10.244.0.1"], conditions: { ready: false } };
    const store = storeOf(
      service("prod/db", { clusterIP: "None", ports: [{ port: 5432 }] }),
      pod("prod/db-0", { podIP: "10.244.0.1", conditions }),
      pod("prod/db-1", {
        containerStatuses: [
          {
            name: "c",
            ready: false,
            restartCount: 3,
            state: { waiting: { reason: "CrashLoopBackOff" } },
          },
        ],
      }),
      slice("prod/db", [
        { ...down, targetRef: { kind: "Pod", name: "db-0" } },
        { ...down, targetRef: { kind: "Pod", name: "db-1" } },
      ]),
    );
    const { reason } = createDns({ store }).explain(`db.prod.svc.${Z}`);
    expect(reason).toBe(
      "Service prod/db is headless and both its endpoints are not ready (db-0: connection refused on 5432, db-1: CrashLoopBackOff)",
    );
  });

  it.each([
    [{ pods: "verified" }, `10-1-1-1.default.pod.${Z}`, "pod-missing"],
    [{ pods: "verified" }, `10-244-1-11.prod.pod.${Z}`, "pod-missing"],
    [{ pods: "insecure" }, `web-1.default.pod.${Z}`, "pod-name-no-address"],
    [{ pods: "insecure" }, `10-244-1-11.default.pod.${Z}`, "family-missing", "AAAA"],
    [{ namespaces: ["prod"] }, `web.default.svc.${Z}`, "namespace-hidden"],
    [{ ignoreEmptyService: true }, `lonely.default.svc.${Z}`, "service-empty"],
    [{ noEndpoints: true }, `db.prod.svc.${Z}`, "endpoint-records-off"],
    [{ zonal: true }, `zone-x.pin._zone.zoned.prod.svc.${Z}`, "zone-without-endpoints"],
    [{ zonal: true }, `zone-x.pin._zone.web.default.svc.${Z}`, "zone-name-not-headless"],
    [{ synced: () => false }, `nope.default.svc.${Z}`, "not-synced"],
  ] as const)("with %j tells of %s that it is %s", (options, name, rule, type?: string) => {
    const special = createDns({ store: clusterStore(), ...options });
    expect(special.explain(name, type ?? "A").rule).toBe(rule);
  });

  it("is sent as an Extended DNS Error to those that ask with an empty one", () => {
    const ask = (options: { code: number; data: Uint8Array }[]) => {
      const questions = [{ name: `wbe.default.svc.${Z}.`, type: "A", class: 1 }];
      const edns = { udpSize: 1232, version: 0, do: false, options };
      const reply = dns.answer(encodeMessage({ questions, edns })) as Uint8Array;
      return decodeMessage(reply).edns?.options ?? [];
    };
    expect(ask([])).toEqual([]);
    const [option] = ask([{ code: 15, data: new Uint8Array() }]);
    const data = Buffer.from(option?.data ?? []);
    expect(data.readUInt16BE(0)).toBe(0);
    expect(data.subarray(2).toString()).toBe(
      "NXDOMAIN: there is no Service default/wbe; did you mean web.default?",
    );
  });
});
