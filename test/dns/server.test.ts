import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDns, type Dns } from "../../src/dns/dns.ts";
import { acceptsFor, createDnsServer, type DnsServer, isSameHost } from "../../src/dns/server.ts";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import { clusterStore } from "./case-table.ts";
import { exchangeTcp, exchangeUdp, frame } from "./exchange.ts";
import { service, slice, storeOf } from "./objects.ts";

const NAME = "web.default.svc.cluster.local.";
const WIDE = "wide.prod.svc.cluster.local.";

/** When the other side has closed. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
    socket.resume();
  });
}

function query(name: string, type = "A", id = 1): Uint8Array {
  return encodeMessage({ id, rd: true, questions: [{ name, type, class: 1 }] });
}

describe("a DNS server", () => {
  let dns: Dns;
  let server: DnsServer;

  beforeAll(async () => {
    dns = createDns({ store: clusterStore() });
    server = await dns.listen({ tcpLimits: { first: 300, idle: 600, connections: 50 } });
  });
  afterAll(() => dns.close());

  const open = async (): Promise<Socket> => {
    const socket = connect(server.port, server.host);
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  };

  it("binds one port for UDP and TCP and tells which", async () => {
    expect(server).toMatchObject({ host: "127.0.0.1", address: { port: server.port } });
    const udp = await exchangeUdp(query(NAME), server);
    const [tcp] = await exchangeTcp([query(NAME)], server);
    expect(udp).toEqual(tcp);
  });

  it("answers over IPv6", async () => {
    await using six = await dns.listen({ listen: "[::1]:0" });
    expect(six.host).toBe("::1");
    expect(decodeMessage((await exchangeUdp(query(NAME), six)) as Buffer).answers).toHaveLength(1);
    const [tcp] = await exchangeTcp([query(NAME)], six);
    expect(decodeMessage(tcp as Buffer).answers).toHaveLength(1);
  });

  it("says TC where the answer fits what the client takes, but no datagram", async () => {
    const addresses = Array.from({ length: 5000 }, (_, i) => `10.244.${i >> 8}.${i & 255}`);
    const big = service("default/big", { clusterIP: "None", ports: [{ port: 80 }] });
    await using own = createDns({ store: storeOf(big, slice("default/big", addresses)) });
    const peer = await own.listen();
    const [udpSize, options] = [65535, []];
    const message = encodeMessage({
      id: 1,
      questions: [{ name: "big.default.svc.cluster.local.", type: "A", class: 1 }],
      edns: { udpSize, version: 0, do: false, options },
    });
    const reply = (await exchangeUdp(message, peer)) as Buffer;
    expect(reply.length).toBeLessThanOrEqual(65507);
    expect(decodeMessage(reply).tc).toBe(true);
  });

  it("says TC over UDP and everything over TCP, so that resolvers come back", async () => {
    const cut = (await exchangeUdp(query(WIDE), server)) as Buffer;
    expect(cut.length).toBeLessThanOrEqual(512);
    expect(decodeMessage(cut)).toMatchObject({ tc: true });
    const resolver = new Resolver();
    resolver.setServers([`${server.host}:${server.port}`]);
    expect(await resolver.resolve4(WIDE.slice(0, -1))).toHaveLength(45);
  });

  it("serves Node's own resolver with every type", async () => {
    const resolver = new Resolver();
    resolver.setServers([`${server.host}:${server.port}`]);
    expect(await resolver.resolve4("web.default.svc.cluster.local")).toEqual(["10.96.10.1"]);
    expect(await resolver.resolve6("web6.default.svc.cluster.local")).toEqual(["fd00:10:96::15"]);
    expect(await resolver.resolveSrv("_pg._tcp.db.prod.svc.cluster.local")).toHaveLength(2);
    expect(await resolver.resolveTxt("dns-version.cluster.local")).toEqual([["1.1.0"]]);
    expect(await resolver.reverse("10.96.10.1")).toEqual(["web.default.svc.cluster.local"]);
    expect(await resolver.resolveCname("ext.default.svc.cluster.local")).toEqual([
      "www.example.com",
    ]);
    expect((await resolver.resolveSoa("cluster.local")).nsname).toBe("ns.dns.cluster.local");
    await expect(resolver.resolve4("nope.default.svc.cluster.local")).rejects.toMatchObject({
      code: "ENOTFOUND",
    });
    await expect(resolver.resolve6("web.default.svc.cluster.local")).rejects.toMatchObject({
      code: "ENODATA",
    });
  });

  it("answers 500 pipelined requests of one connection in order", async () => {
    const names = Array.from({ length: 500 }, (_, i) => (i % 2 ? NAME : WIDE));
    const replies = await exchangeTcp(
      names.map((name, id) => query(name, "A", id)),
      server,
    );
    for (const [id, reply] of replies.entries()) {
      expect(decodeMessage(reply)).toMatchObject({
        id,
        tc: false,
        questions: [{ name: names[id] }],
      });
    }
  });

  it("takes a request byte by byte", async () => {
    const socket = await open();
    const replied = once(socket, "data");
    for (const byte of frame(query(NAME))) socket.write(Uint8Array.of(byte));
    const [reply] = (await replied) as [Buffer];
    expect(decodeMessage(reply.subarray(2)).answers).toHaveLength(1);
    socket.destroy();
  });

  it("answers what came before the client closed its side", async () => {
    const socket = await open();
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.end(Buffer.concat([frame(query(NAME, "A", 1)), frame(query(NAME, "A", 2))]));
    await once(socket, "close");
    const bytes = Buffer.concat(chunks);
    const size = 2 + bytes.readUInt16BE(0);
    expect(bytes).toHaveLength(2 * size);
    expect(decodeMessage(bytes.subarray(size + 2)).id).toBe(2);
  });

  it("closes connections that send nothing, half a request, or nothing more", async () => {
    const silent = await open();
    const half = await open();
    half.write(frame(query(NAME)).subarray(0, 20));
    const idle = await open();
    idle.write(frame(query(NAME)));
    await Promise.all([silent, half, idle].map(closed));
    expect(idle.bytesRead).toBeGreaterThan(0);
  });

  it("gives no time for requests that get no answer", async () => {
    const socket = await open();
    // Empty frames, on and on: each is a whole request, and none is one of DNS.
    const again = setInterval(() => socket.write(Buffer.alloc(2)), 20);
    await closed(socket);
    clearInterval(again);
    expect(socket.bytesRead).toBe(0);
  });

  it("takes frames of 65,535 bytes and does not fall over what is in them", async () => {
    const junk = Buffer.alloc(65535, 0xff);
    junk.writeUInt16BE(0x0100, 2);
    const padded = Buffer.concat([query(NAME), Buffer.alloc(65535 - query(NAME).length)]);
    const [first, second] = await exchangeTcp([padded, query(NAME, "A", 2)], server);
    expect(decodeMessage(first as Buffer).answers).toHaveLength(1);
    expect(decodeMessage(second as Buffer).id).toBe(2);
    const socket = await open();
    const replied = once(socket, "data");
    socket.write(frame(junk));
    const [reply] = (await replied) as [Buffer];
    expect(decodeMessage(reply.subarray(2)).rcode).toBe("FORMERR");
    socket.destroy();
  });

  it.each([
    ["a question that it lacks", 1, 0x0110, 0x8112],
    ["a question that it lacks, as a NOTIFY", 1, 0x2110, 0xa002],
    ["no question", 0, 0x0110, 0x8111],
    ["two questions", 2, 0x0110, 0x8111],
  ])(
    "answers a bare header that promises %s as CoreDNS does",
    async (_, questions, sent, flags) => {
      const header = Buffer.alloc(12);
      header.writeUInt16BE(0x1234, 0);
      header.writeUInt16BE(sent, 2);
      header.writeUInt16BE(questions, 4);
      const [reply] = await exchangeTcp([header], server);
      expect(reply).toHaveLength(12);
      expect(reply?.readUInt16BE(0)).toBe(0x1234);
      expect(reply?.readUInt16BE(2).toString(16)).toBe(flags.toString(16));
    },
  );

  it("lets newcomers in while a crowd holds connections open", async () => {
    const crowd = await Promise.all(Array.from({ length: 200 }, open));
    const [reply] = await exchangeTcp([query(NAME)], server);
    expect(decodeMessage(reply as Buffer).answers).toHaveLength(1);
    for (const socket of crowd) socket.destroy();
  });

  it("stops reading from a client that reads no replies", async () => {
    const socket = await open();
    socket.pause();
    const many = Buffer.concat(Array.from({ length: 2000 }, () => frame(query(WIDE))));
    const end = new Promise((resolve) => socket.once("close", resolve));
    // All replies together were 75 MB; what the system buffers on the way is far less.
    for (let i = 0; i < 50; i++) socket.write(many);
    await end;
    expect(socket.bytesRead).toBeLessThan(16 * 1024 * 1024);
  });

  it("is silent to a response, to less than a header, and to an empty datagram", async () => {
    const response = Buffer.from(query(NAME));
    response[2] = 0x81;
    for (const message of [response, query(NAME).subarray(0, 11), Buffer.alloc(0)]) {
      expect(dns.answer(message)).toBeUndefined();
      expect(await exchangeUdp(message, server, { patience: 50 })).toBeUndefined();
    }
  });

  it("tells errors of serving to onError and goes on", async () => {
    const errors: Error[] = [];
    let fail = true;
    await using broken = await createDnsServer(
      () => {
        if (fail) throw new Error("out of order");
        return Buffer.from("fine");
      },
      { onError: (error) => errors.push(error) },
    );
    expect(await exchangeUdp(query(NAME), broken, { patience: 50 })).toBeUndefined();
    await expect(exchangeTcp([query(NAME)], broken)).rejects.toThrow("closed after 0 replies");
    expect(errors.map(({ message }) => message)).toEqual(["out of order", "out of order"]);
    fail = false;
    expect((await exchangeUdp(query(NAME), broken))?.toString()).toBe("fine");
  });

  it("refuses a port that is taken", async () => {
    const listen = `127.0.0.1:${server.port}`;
    await expect(dns.listen({ listen })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("can be closed twice, and its port be used again", async () => {
    const first = await dns.listen();
    await Promise.all([first.close(), first.close()]);
    await using second = await dns.listen({ listen: `127.0.0.1:${first.port}` });
    expect(second.port).toBe(first.port);
  });

  it("does not listen on what is no address and port", async () => {
    await expect(dns.listen({ listen: "53" })).rejects.toMatchObject({
      code: "invalid-listen-address",
      text: "53",
    });
  });
});

describe("who is answered", () => {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const others = ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8::9", "128.0.0.1", ""];

  it.each(["127.0.0.1", "127.53.0.53", "::1"])("at %s: this machine alone", (host) => {
    const accepts = acceptsFor(host);
    for (const { address } of own) expect(accepts(address), address).toBe(true);
    for (const address of ["127.0.0.1", "127.96.3.7", "::1"]) expect(accepts(address)).toBe(true);
    for (const address of others) expect(accepts(address), address).toBe(false);
  });

  it.each(["0.0.0.0", "::", "192.0.2.1"])("at %s, which was asked for: everybody", (host) => {
    for (const address of others) expect(acceptsFor(host)(address)).toBe(true);
  });
});

describe("whether a server listens where something is forwarded to", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["127.0.0.1", "0.0.0.0", true],
    ["127.0.0.1", "::ffff:127.0.0.1", true],
    ["::1", "::", true],
    ["0.0.0.0", "127.9.9.9", true],
    ["0.0.0.0", "::1", true],
    ["::", "0.0.0.0", true],
    ["0.0.0.0", "203.0.113.9", false],
    ["192.0.2.1", "0.0.0.0", false],
  ])("one on %s and %s: %s", (listening, host, expected) => {
    expect(isSameHost(listening, host)).toBe(expected);
  });
});
