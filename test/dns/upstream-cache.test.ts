import { describe, expect, it } from "vitest";
import { createDns, type Dns } from "../../src/dns/dns.ts";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import type { Message } from "../../src/dns/wire/message.ts";
import { startUpstream } from "./fake-upstream.ts";
import { service, storeOf } from "./objects.ts";

const RECORDS = {
  "example.org.": { A: [[60, "192.0.2.80"]], AAAA: [[60, "2001:db8::80"]] },
  "short.example.": { A: [[3, "192.0.2.81"]] },
  "never.example.": { A: [[0, "192.0.2.82"]] },
} as const;

interface Asked {
  readonly name?: string;
  readonly type?: string;
  readonly id?: number;
  readonly edns?: Message["edns"];
}

async function ask(dns: Dns, { name = "example.org.", type = "A", id = 1, edns }: Asked = {}) {
  const questions = [{ name, type, class: 1 }];
  const message = encodeMessage({ id, rd: true, questions, ...(edns && { edns }) });
  return decodeMessage((await dns.answer(message)) as Uint8Array);
}

/** A server with an upstream and a clock that stands still. */
async function world(cache: number) {
  const upstream = await startUpstream(RECORDS);
  let time = 1_000_000;
  const dns = createDns({
    store: storeOf(service("shop/web", { clusterIP: "10.96.0.50", ports: [{ port: 80 }] })),
    upstream: [upstream.address],
    cache,
    now: () => new Date(time),
  });
  return {
    dns,
    asked: upstream.asked,
    pass: (seconds: number) => {
      time += seconds * 1000;
    },
    async [Symbol.asyncDispose]() {
      await dns.close();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

describe("what an upstream said", () => {
  it("is asked for once, by 20 clients at a time and by 20 in turn", async () => {
    await using at = await world(30);
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, id) =>
        ask(at.dns, { id, name: id % 2 === 0 ? "example.org." : "eXample.ORG." }),
      ),
    );
    for (const [id, reply] of replies.entries()) {
      expect(reply).toMatchObject({ id, rcode: "NOERROR", ra: true, aa: false });
      expect(reply.questions[0]?.name).toBe(id % 2 === 0 ? "example.org." : "eXample.ORG.");
      expect(reply.answers).toMatchObject([{ type: "A", data: "192.0.2.80" }]);
    }
    for (let i = 0; i < 20; i++) expect((await ask(at.dns)).answers).toHaveLength(1);
    expect(at.asked).toEqual(["example.org. A"]);
  });

  it("is asked for each time without a cache", async () => {
    await using at = await world(0);
    for (let i = 0; i < 3; i++) await ask(at.dns);
    expect(at.asked).toHaveLength(3);
  });

  it("grows old, and is asked for again after the seconds of the cache", async () => {
    await using at = await world(30);
    await ask(at.dns);
    at.pass(12.5);
    expect((await ask(at.dns)).answers).toMatchObject([{ ttl: 18 }]);
    at.pass(17);
    expect((await ask(at.dns)).answers).toMatchObject([{ ttl: 1 }]);
    expect(at.asked).toHaveLength(1);
    at.pass(0.5);
    await ask(at.dns);
    expect(at.asked).toHaveLength(2);
  });

  it.each([
    ["short.example.", 2, 1],
    ["short.example.", 3, 2],
    ["never.example.", 0, 2],
  ])("keeps to its own TTL: %s after %d s", async (name, seconds, asked) => {
    await using at = await world(30);
    await ask(at.dns, { name });
    at.pass(seconds);
    await ask(at.dns, { name });
    expect(at.asked).toHaveLength(asked);
  });

  it("is another answer for another type, and for who asks for DNSSEC", async () => {
    await using at = await world(30);
    const edns = { udpSize: 1232, version: 0, do: true, options: [] };
    for (let i = 0; i < 2; i++) {
      await ask(at.dns);
      await ask(at.dns, { type: "AAAA" });
      await ask(at.dns, { edns });
    }
    expect(at.asked).toEqual(["example.org. A", "example.org. AAAA", "example.org. A"]);
  });

  it("is not kept where it is for one client's network", async () => {
    await using at = await world(30);
    const options = [{ code: 8, data: Uint8Array.of(0, 1, 24, 0, 192, 0, 2) }];
    const edns = { udpSize: 1232, version: 0, do: false, options };
    for (let i = 0; i < 2; i++) await ask(at.dns, { edns });
    expect(at.asked).toHaveLength(2);
  });

  it("is not kept where it is a failure, or nothing without an SOA", async () => {
    await using at = await world(30);
    for (let i = 0; i < 2; i++) {
      expect((await ask(at.dns, { name: "missing.example." })).rcode).toBe("NXDOMAIN");
    }
    expect(at.asked).toHaveLength(2);
  });

  it("has nothing to do with names of the cluster", async () => {
    await using at = await world(30);
    const name = "web.shop.svc.cluster.local.";
    expect((await ask(at.dns, { name })).answers).toMatchObject([{ data: "10.96.0.50", ttl: 5 }]);
    at.pass(3);
    expect((await ask(at.dns, { name })).answers).toMatchObject([{ ttl: 5 }]);
    expect(at.asked).toEqual([]);
  });
});
