import { describe, expect, it } from "vitest";
import { createDns } from "../../src/dns/dns.ts";
import type { TakenAddresses } from "../../src/dns/taken-addresses.ts";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import { service, slice, storeOf } from "./objects.ts";

/** Addresses that come to be taken, and free again. */
class Taken implements TakenAddresses {
  readonly #holders = new Map<string, string>();
  #listener: (host: string) => void = () => {};

  holderOf(host: string, port: number): string | undefined {
    return this.#holders.get(`${host}:${port}`);
  }

  subscribe(listener: (host: string) => void): () => void {
    this.#listener = listener;
    return () => {};
  }

  set(host: string, port: number, holder: string | undefined): void {
    if (holder === undefined) this.#holders.delete(`${host}:${port}`);
    else this.#holders.set(`${host}:${port}`, holder);
    this.#listener(host);
  }
}

const NAME = "web.shop.svc.cluster.local";

describe("an address that another program has", () => {
  const taken = new Taken();
  const store = storeOf(
    service("shop/web", {
      clusterIP: "10.96.3.7",
      ports: [
        { name: "http", port: 80 },
        { name: "admin", port: 9000 },
      ],
    }),
    service("shop/db", { clusterIP: "None", ports: [{ name: "http", port: 8080 }] }),
    slice("shop/db", [
      { addresses: ["10.244.0.5"], targetRef: { kind: "Pod", name: "db-0" } },
      { addresses: ["10.244.0.6"], targetRef: { kind: "Pod", name: "db-1" } },
    ]),
  );
  const dns = createDns({ store, view: "local", taken });
  const addresses = (name = NAME) => dns.resolve(name).answers.map(({ data }) => data);
  const request = encodeMessage({
    id: 7,
    rd: true,
    questions: [{ name: `${NAME}.`, type: "A", class: 1 }],
  });
  /** As the server answers, with its ready answers. */
  const served = () => {
    const reply = dns.answer(request, { transport: "udp" }) as Uint8Array;
    return decodeMessage(reply).answers.length;
  };

  it("is no answer when none of its ports is ours, and says who has it", () => {
    expect(served()).toBe(1);
    taken.set("127.96.3.7", 80, "nginx (pid 812)");
    expect(addresses()).toEqual(["127.96.3.7"]);
    taken.set("127.96.3.7", 9000, "nginx (pid 812)");
    expect(addresses()).toEqual([]);
    expect(dns.resolve(NAME).rcode).toBe("NOERROR");
    expect(served()).toBe(0);
    expect(dns.explain(NAME)).toMatchObject({
      rule: "address-taken",
      reason: "Service shop/web is at 127.96.3.7:80 here, where nginx (pid 812) listens",
    });
  });

  it("is an answer again as soon as it is free", () => {
    taken.set("127.96.3.7", 9000, undefined);
    expect(addresses()).toEqual(["127.96.3.7"]);
    expect(served()).toBe(1);
    taken.set("127.96.3.7", 80, undefined);
  });

  it("takes its pod out of the answers of a headless Service, and out of SRV", () => {
    taken.set("127.244.0.5", 8080, "node (pid 9)");
    expect(addresses("db.shop.svc.cluster.local")).toEqual(["127.244.0.6"]);
    const srv = dns.resolve("_http._tcp.db.shop.svc.cluster.local", "SRV");
    expect(srv.answers).toHaveLength(1);
    taken.set("127.244.0.5", 8080, undefined);
    expect(addresses("db.shop.svc.cluster.local")).toHaveLength(2);
  });

  it("is told to those who watch the name", () => {
    const seen: number[] = [];
    const stop = dns.watchName(NAME, "A", ({ answers }) => seen.push(answers.length));
    for (const holder of ["nginx", undefined]) {
      for (const port of [80, 9000]) taken.set("127.96.3.7", port, holder);
    }
    stop();
    expect(seen).toEqual([0, 1]);
  });

  it("is nothing to the cluster's own view", () => {
    taken.set("10.96.3.7", 80, "nobody");
    taken.set("10.96.3.7", 9000, "nobody");
    const cluster = createDns({ store, taken });
    expect(cluster.resolve(NAME).answers.map(({ data }) => data)).toEqual(["10.96.3.7"]);
  });
});
