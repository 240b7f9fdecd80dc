import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDns } from "../../src/dns/dns.ts";
import { describeWith } from "../support/tools.ts";
import { clusterStore } from "./case-table.ts";
import {
  canMakeNetworkNamespace,
  createNetworkNamespace,
  type NetworkNamespace,
} from "./network-namespace.ts";

const isAllowed = canMakeNetworkNamespace();
const title = "a network namespace with its own resolv.conf";
const reason = "[skipped: needs root, ip and the right to make network namespaces]";

/** Prints what getaddrinfo finds for its argument, an address a line. */
const PROGRAM = `
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
int main(int count, char **arguments) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
  if (count < 2 || getaddrinfo(arguments[1], 0, &hints, &found) != 0) return 1;
  for (; found; found = found->ai_next) {
    char text[64];
    getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, 0, 0, NI_NUMERICHOST);
    puts(text);
  }
  return 0;
}
`;

describe.skipIf(!isAllowed)(isAllowed ? title : `${title} ${reason}`, () => {
  let inside: NetworkNamespace;
  beforeAll(() => {
    inside = createNetworkNamespace();
  });
  afterAll(() => inside[Symbol.dispose]());

  const serving = async (zone: string) => {
    const dns = createDns({ store: clusterStore(), zones: [zone, "in-addr.arpa", "ip6.arpa"] });
    await dns.listen({ listen: `${inside.host}:53` });
    const search = `default.svc.${zone} svc.${zone} ${zone}`;
    inside.configure(`nameserver ${inside.host}\nsearch ${search}\noptions ndots:5 timeout:2\n`);
    return dns;
  };
  const zones = ["cluster.local", "k8s.test"];
  const namesIn = (zone: string) => [
    "web",
    "web.default",
    "web.default.svc",
    `web.default.svc.${zone}`,
  ];

  describeWith(["getent"], "lets glibc", () => {
    it.each(zones)("find Services of %s by getent ahosts", async (zone) => {
      await using _ = await serving(zone);
      for (const name of namesIn(zone)) {
        expect(await inside.exec("getent", "ahosts", name)).toContain("10.96.10.1");
      }
      const dual = await inside.exec("getent", "ahosts", "dual");
      expect(dual).toContain("10.96.10.3");
      expect(dual).toContain("fd00:10:96::3");
      const nope = inside.exec("getent", "ahosts", `nope.default.svc.${zone}.`);
      await expect(nope).rejects.toMatchObject({ code: 2 });
    });

    it("find a name by its address, and 45 addresses over TCP", async () => {
      await using _ = await serving("cluster.local");
      expect(await inside.exec("getent", "hosts", "10.96.10.1")).toContain(
        "web.default.svc.cluster.local",
      );
      const wide = await inside.exec("getent", "ahostsv4", "wide.prod");
      expect(new Set(wide.match(/10\.244\.8\.\d+/g)).size).toBe(45);
    });
  });

  describeWith(["musl-gcc"], "lets musl", () => {
    const folder = mkdtempSync(join(tmpdir(), "kubelane-musl-"));
    const program = join(folder, "getaddrinfo");
    const found = async (name: string) => (await inside.exec(program, name)).trim().split("\n");
    beforeAll(() => {
      writeFileSync(`${program}.c`, PROGRAM);
      execFileSync("musl-gcc", ["-static", "-o", program, `${program}.c`]);
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it.each(zones)("find Services of %s", async (zone) => {
      await using _ = await serving(zone);
      for (const name of namesIn(zone)) expect(await found(name)).toEqual(["10.96.10.1"]);
      expect((await found("dual")).sort()).toEqual(["10.96.10.3", "fd00:10:96::3"]);
      await expect(found(`nope.default.svc.${zone}.`)).rejects.toMatchObject({ code: 1 });
    });

    it("go on searching after NXDOMAIN", async () => {
      await using _ = await serving("cluster.local");
      expect((await found("db.prod")).sort()).toEqual(["10.244.2.20", "10.244.2.21"]);
    });
  });

  describeWith(["dig"], "keeps a server", () => {
    it("on this machine's loopback out of reach", async () => {
      const dns = createDns({ store: clusterStore() });
      await using server = await dns.listen();
      const ask = inside.exec("dig", `@${inside.host}`, "-p", String(server.port), "+tries=1");
      await expect(ask).rejects.toMatchObject({ code: 9 });
    });
  });
});
