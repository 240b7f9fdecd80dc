import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { helloLength, readClientHello } from "../../../src/proxy/listeners/client-hello.ts";

/** What a client of Node's sends first. */
async function helloOf(options: tls.ConnectionOptions): Promise<Buffer> {
  const server = net.createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ host: "127.0.0.1", port, ...options }).on("error", () => {});
  const [socket] = (await once(server, "connection")) as [net.Socket];
  const [bytes] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

describe("what a TLS client says first", () => {
  let hello: Buffer;
  beforeAll(async () => {
    hello = await helloOf({ servername: "Shop.Example.com", ALPNProtocols: ["h2", "http/1.1"] });
  });

  test("names the server", () => {
    expect(readClientHello(hello)).toEqual({ serverName: "shop.example.com" });
  });

  test("names none", async () => {
    expect(readClientHello(await helloOf({}))).toEqual({ serverName: undefined });
    const old = await helloOf({ servername: "a.b", maxVersion: "TLSv1.2" });
    expect(readClientHello(old)).toEqual({ serverName: "a.b" });
  });

  test("is waited for until it is whole", () => {
    for (let length = 0; length < hello.length; length++) {
      expect(readClientHello(hello.subarray(0, length))).toBeUndefined();
    }
    expect(readClientHello(Buffer.concat([hello, Buffer.from("more")]))).toEqual({
      serverName: "shop.example.com",
    });
  });

  test("is looked at a few times, however small its parts are", () => {
    const inTinyRecords = Buffer.concat(
      [...hello.subarray(5)].map((byte) => Buffer.from([22, 3, 1, 0, 1, byte])),
    );
    for (const bytes of [hello, inTinyRecords]) {
      let looks = 0;
      let wanted = 0;
      for (let length = 1; length <= bytes.length; length++) {
        if (length < wanted) continue;
        looks++;
        const part = bytes.subarray(0, length);
        if (readClientHello(part) === undefined) wanted = helloLength(part);
        else expect(length).toBe(bytes.length);
      }
      expect(wanted).toBe(bytes.length);
      expect(looks).toBeLessThan(50);
    }
  });

  test("may come in several records", () => {
    const content = hello.subarray(5);
    const parts = [content.subarray(0, 10), content.subarray(10, 11), content.subarray(11)];
    const records = parts.map((part) => {
      const head = Buffer.from([22, 3, 1, 0, 0]);
      head.writeUInt16BE(part.length, 3);
      return Buffer.concat([head, part]);
    });
    expect(readClientHello(Buffer.concat(records))).toEqual({ serverName: "shop.example.com" });
  });

  test.each([
    ["HTTP", "GET / HTTP/1.1\r\n\r\n"],
    ["another record", "\x17\x03\x03\x00\x01x"],
    ["an empty record", "\x16\x03\x01\x00\x00"],
    ["a record that is too long", "\x16\x03\x01\xff\xff"],
    ["another message", "\x16\x03\x01\x00\x04\x02\x00\x00\x00"],
    ["a message that is too long", "\x16\x03\x01\x00\x04\x01\xff\xff\xff"],
  ])("is none where it is %s", (_what, text) => {
    expect(readClientHello(Buffer.from(text, "latin1"))).toBe("none");
  });

  test("can't be made to throw, or to read for ever", () => {
    fc.assert(
      fc.property(fc.nat(), fc.uint8Array({ maxLength: 20 }), (at, bytes) => {
        const spoilt = Buffer.from(hello);
        spoilt.set(bytes, at % (spoilt.length - bytes.length));
        const read = readClientHello(spoilt);
        expect(["undefined", "string", "object"]).toContain(typeof read);
      }),
      { numRuns: 5_000 },
    );
    let input = Buffer.alloc(0);
    const record = Buffer.concat([Buffer.from([22, 3, 1, 0x40, 0]), Buffer.alloc(2 ** 14)]);
    record.set([1, 0, 0xff, 0xff], 5);
    for (let i = 0; i < 10 && readClientHello(input) === undefined; i++) {
      input = Buffer.concat([input, record]);
    }
    expect(input.length).toBeLessThan(6 * record.length);
  });
});
