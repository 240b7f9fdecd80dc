import { describe, expect, it } from "vitest";
import {
  type NameServiceInput,
  nameServiceFiles,
  withoutForeignSources,
} from "../../src/network/name-service.ts";
import type { Pod } from "../../src/objects/pod.ts";

const INPUT: NameServiceInput = {
  namespace: "shop",
  clusterDomain: "cluster.local",
  dnsAddress: "10.96.0.10",
  host: {
    resolvConf: "nameserver 192.0.2.53\nsearch corp.example.\n",
    hosts: "127.0.0.1 localhost",
    nsswitch: "passwd: files\nhosts: files dns\n",
  },
};

const pod = (spec: Partial<Pod["spec"]>): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-1", namespace: "shop" },
  spec: { containers: [], ...spec },
  status: { podIP: "10.244.0.5" },
});

describe("the name service of a namespace", () => {
  it.each([
    [
      "a namespace",
      undefined,
      "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example\noptions ndots:5\n",
    ],
    [
      "a pod with its own options",
      pod({ dnsConfig: { searches: ["example.net"], options: [{ name: "ndots", value: "2" }] } }),
      "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example example.net\noptions ndots:2\n",
    ],
    ["a pod with the node's view", pod({ dnsPolicy: "Default" }), "search corp.example\n"],
    [
      "a pod with servers of its own, which could not be reached",
      pod({ dnsPolicy: "None", dnsConfig: { nameservers: ["192.0.2.1"], searches: ["a.b"] } }),
      "search a.b\n",
    ],
  ])("asks the cluster's DNS with the search list of %s", (_name, as, rest) => {
    const files = nameServiceFiles({ ...INPUT, pod: as });
    expect(files.get("/etc/resolv.conf")).toBe(`nameserver 10.96.0.10\n${rest}`);
  });

  it("has no lines of a pod's making", () => {
    const options = [
      { name: "ndots", value: "2\nnameserver 192.0.2.1" },
      { name: "a\nb" },
      { name: "edns0" },
    ];
    const dnsConfig = { searches: ["x.y\nnameserver 192.0.2.1", "z.y"], options };
    const files = nameServiceFiles({ ...INPUT, pod: pod({ dnsPolicy: "None", dnsConfig }) });
    expect(files.get("/etc/resolv.conf")).toBe(
      "nameserver 10.96.0.10\nsearch z.y\noptions edns0\n",
    );
  });

  it("leaves files alone that say nothing else", () => {
    expect([...nameServiceFiles(INPUT).keys()]).toEqual(["/etc/resolv.conf"]);
  });

  it("knows the pod's own name", () => {
    const files = nameServiceFiles({ ...INPUT, pod: pod({ hostname: "db-0", subdomain: "db" }) });
    expect(files.get("/etc/hosts")).toBe(
      "127.0.0.1 localhost\n10.244.0.5\tdb-0.db.shop.svc.cluster.local\tdb-0\n",
    );
  });

  it("knows the pod's aliases, and leaves out what would be no line of the file", () => {
    const hostAliases = [
      { ip: "10.96.0.7", hostnames: ["legacy.example.org", "legacy"] },
      { ip: "fd00::7", hostnames: ["six", "x\n127.0.0.1 evil", ""] },
      { ip: "nowhere", hostnames: ["a"] },
      { ip: "10.0.0.1", hostnames: "a" },
      { ip: "10.0.0.2" },
      undefined,
    ];
    const files = nameServiceFiles({ ...INPUT, pod: pod({ hostAliases: hostAliases as never }) });
    expect(files.get("/etc/hosts")).toMatch(
      /localhost\n.*\n# Entries added by HostAliases\.\n10\.96\.0\.7\tlegacy\.example\.org\tlegacy\nfd00::7\tsix\n$/,
    );
    const odd = nameServiceFiles({ ...INPUT, pod: pod({ hostAliases: "10.0.0.1" as never }) });
    expect(odd.get("/etc/hosts")).not.toContain("HostAliases");
  });

  it("does without files that this machine has not", () => {
    const host = { resolvConf: undefined, hosts: undefined, nsswitch: undefined };
    const files = nameServiceFiles({ ...INPUT, pod: pod({}), host });
    expect([...files]).toEqual([
      [
        "/etc/resolv.conf",
        "nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n",
      ],
    ]);
  });
});

describe("sources of host names", () => {
  it.each([
    ["hosts: files dns", "hosts: files dns"],
    ["hosts:      files dns # as it was", "hosts:      files dns # as it was"],
    ["hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns", "hosts: files dns"],
    ["hosts: files mdns4_minimal [NOTFOUND=return] dns", "hosts: files dns"],
    ["hosts: resolve", "hosts: dns"],
    [
      "passwd: files systemd\nhosts: resolve\nnetworks: files",
      "passwd: files systemd\nhosts: dns\nnetworks: files",
    ],
    ["passwd: files", "passwd: files"],
  ])("of %j are files and DNS", (before, after) => {
    expect(withoutForeignSources(before)).toBe(after);
  });
});
