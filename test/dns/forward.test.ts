import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { createDns, type Dns } from "../../src/dns/dns.ts";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import type { Message } from "../../src/dns/wire/message.ts";
import { freePort } from "../support/free-port.ts";
import { exchangeTcp, exchangeUdp } from "./exchange.ts";
import { startUpstream } from "./fake-upstream.ts";
import { service, storeOf } from "./objects.ts";

const RECORDS = { "example.org.": { A: [[60, "192.0.2.80"]] } } as const;
const query = (name: string, init: Partial<Message> = {}) =>
  encodeMessage({ id: 99, rd: true, questions: [{ name, type: "A", class: 1 }], ...init });

/** A server that answers UDP as it is told, or not at all. */
async function rawServer(reply: (message: Buffer) => Buffer | undefined) {
  const socket: Socket = createSocket("udp4");
  let asked = 0;
  socket.on("message", (message, { port, address }) => {
    asked++;
    const bytes = reply(message);
    if (bytes !== undefined) socket.send(bytes, port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const address = `127.0.0.1:${socket.address().port}`;
  return {
    address,
    asked: () => asked,
    [Symbol.dispose]: () => {
      socket.close();
    },
  };
}

async function ask(dns: Dns, message: Uint8Array): Promise<Message> {
  return decodeMessage((await dns.answer(message)) as Uint8Array);
}

describe("names that are not ours", () => {
  it("are SERVFAIL without an upstream, synchronously", async () => {
    await using dns = createDns({ store: storeOf() });
    const reply = dns.answer(query("example.org."));
    expect(decodeMessage(reply as Uint8Array)).toMatchObject({ rcode: "SERVFAIL", aa: false });
  });

  it("are answered by the upstream, over the client's transport", async () => {
    await using upstream = await startUpstream(RECORDS);
    await using dns = createDns({ store: storeOf(), upstream: [upstream.address] });
    await using server = await dns.listen();
    const udp = decodeMessage((await exchangeUdp(query("example.org."), server)) as Buffer);
    const [frame] = await exchangeTcp([query("Example.ORG.")], server);
    const tcp = decodeMessage(frame as Buffer);
    expect(udp).toMatchObject({ id: 99, aa: false, ra: true, answers: [{ data: "192.0.2.80" }] });
    expect(tcp).toMatchObject({ id: 99, questions: [{ name: "Example.ORG." }] });
    expect(tcp.answers).toMatchObject([{ data: "192.0.2.80" }]);
    expect((await dns.query("example.org")).answers).toMatchObject([{ ttl: 60 }]);
    expect((await dns.query("nothing.example")).rcode).toBe("NXDOMAIN");
  });

  it("go to the next upstream when one is silent, dead or away", async () => {
    using silent = await rawServer(() => undefined);
    const gone = await rawServer(() => undefined);
    gone[Symbol.dispose]();
    await using good = await startUpstream(RECORDS);
    const upstream = [silent.address, gone.address, good.address];
    // Always beginning with the first.
    await using dns = createDns({
      store: storeOf(),
      upstream,
      upstreamTimeout: 1_000,
      random: () => 0,
    });
    expect((await ask(dns, query("example.org."))).answers).toHaveLength(1);
    expect(silent.asked()).toBe(1);
  });

  it("are SERVFAIL when no upstream answers, and an asker of EDE learns why", async () => {
    using silent = await rawServer(() => undefined);
    await using dns = createDns({
      store: storeOf(),
      upstream: [silent.address],
      upstreamTimeout: 50,
    });
    const options = [{ code: 15, data: new Uint8Array() }];
    const edns = { udpSize: 1232, version: 0, do: false, options };
    const reply = await ask(dns, query("example.org.", { edns }));
    expect(reply).toMatchObject({ rcode: "SERVFAIL", aa: false });
    expect(Buffer.from(reply.edns?.options[0]?.data ?? []).toString()).toContain(silent.address);
    expect(silent.asked()).toBe(2);
  });

  it("are given up in time, whatever garbage is collected meanwhile", async () => {
    using silent = await rawServer(() => undefined);
    await using dns = createDns({
      store: storeOf(),
      upstream: [silent.address],
      upstreamTimeout: 200,
    });
    setFlagsFromString("--expose-gc");
    const collect = setInterval(runInNewContext("gc"), 20);
    try {
      const asked = Array.from({ length: 20 }, () => ask(dns, query("example.org.")));
      for (const { rcode } of await Promise.all(asked)) expect(rcode).toBe("SERVFAIL");
    } finally {
      clearInterval(collect);
    }
  });

  it("are SERVFAIL when no way leads to the upstream", async () => {
    // No socket may be connected to everybody: refused at once, on every machine.
    await using dns = createDns({ store: storeOf(), upstream: ["255.255.255.255:53"] });
    await using server = await dns.listen();
    const reply = await exchangeUdp(query("example.org."), server);
    expect(decodeMessage(reply as Buffer).rcode).toBe("SERVFAIL");
    expect((await dns.query("example.org")).rcode).toBe("SERVFAIL");
  });

  it("are FORMERR when the reply is to another question, and wrong IDs are passed over", async () => {
    using liar = await rawServer((message) => {
      const reply = Buffer.from(
        encodeMessage({ ...decodeMessage(query("other.example.")), qr: true }),
      );
      message.copy(reply, 0, 0, 2);
      return reply;
    });
    using forger = await rawServer((message) => {
      const reply = Buffer.from(message);
      reply.writeUInt16BE((message.readUInt16BE(0) + 1) & 0xffff, 0);
      return reply;
    });
    const store = storeOf();
    await using lied = createDns({ store, upstream: [liar.address] });
    await using forged = createDns({ store, upstream: [forger.address], upstreamTimeout: 100 });
    expect((await ask(lied, query("example.org."))).rcode).toBe("FORMERR");
    expect((await ask(forged, query("example.org."))).rcode).toBe("SERVFAIL");
  });

  it("carry the client's flags and options, and get an OPT record back", async () => {
    let seen: Message | undefined;
    using upstream = await rawServer((message) => {
      seen = decodeMessage(message);
      return Buffer.from(
        encodeMessage({ id: seen.id, qr: true, ra: true, questions: seen.questions }),
      );
    });
    await using dns = createDns({ store: storeOf(), upstream: upstream.address });
    const options = [{ code: 3, data: new Uint8Array() }];
    const edns = { udpSize: 1400, version: 0, do: true, options };
    const reply = await ask(dns, query("example.org.", { rd: false, cd: true, edns }));
    expect(seen).toMatchObject({ rd: false, cd: true, edns });
    expect(reply).toMatchObject({ id: 99, edns });
  });

  it("are cut to the question when the upstream says more than the client can take", async () => {
    using upstream = await rawServer((message) => {
      const { id, questions } = decodeMessage(message);
      const answers = Array.from({ length: 60 }, (_, i) => {
        return { name: "example.org.", type: "A" as const, ttl: 1, data: `192.0.2.${i}` };
      });
      return Buffer.from(encodeMessage({ id, qr: true, questions, answers }));
    });
    await using dns = createDns({ store: storeOf(), upstream: upstream.address });
    expect(await ask(dns, query("example.org."))).toMatchObject({ id: 99, tc: true, answers: [] });
  });

  it("are never asked of ourselves", async () => {
    const own = `127.0.0.1:${await freePort()}`;
    const options = { store: storeOf(), upstreamTimeout: 100 };
    await using dns = createDns({ ...options, upstream: [own], listen: own });
    await using server = await dns.listen();
    const reply = await exchangeUdp(query("example.org."), server);
    expect(decodeMessage(reply as Buffer).rcode).toBe("SERVFAIL");
  });

  it.each(["", "localhost", "1.2.3.4:0", "1.2.3:53", "[::1"])("can't go to %j", (upstream) => {
    expect(() => createDns({ store: storeOf(), upstream: [upstream] })).toThrowError(
      expect.objectContaining({ code: "dns-option", option: "upstream" }),
    );
  });

  it("complete an ExternalName, whatever their rcode", async () => {
    await using upstream = await startUpstream(RECORDS);
    const store = storeOf(
      service("shop/a", { type: "ExternalName", externalName: "example.org" }),
      service("shop/b", { type: "ExternalName", externalName: "missing.example" }),
    );
    await using dns = createDns({ store, upstream: upstream.address, ttl: 7 });
    const a = await dns.query("a.shop.svc.cluster.local");
    expect(a.answers.map(({ type, ttl }) => [type, ttl])).toEqual([
      ["CNAME", 7],
      ["A", 60],
    ]);
    const b = await dns.query("b.shop.svc.cluster.local");
    expect(b).toMatchObject({ rcode: "NOERROR", answers: [{ type: "CNAME" }] });
  });
});
