import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { constants, createDeflate, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { SpdyConnection, type SpdyStream } from "../../src/spdy/connection.ts";
import { SPDY_DICTIONARY } from "../../src/spdy/dictionary.ts";
import { dataFrame, SpdyError, SpdyReader } from "../../src/spdy/frames.ts";
import { HeaderReader, HeaderWriter, parseHeaders } from "../../src/spdy/headers.ts";

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const block = (headers: Readonly<Record<string, string>>) =>
  Buffer.concat([
    word(Object.keys(headers).length),
    ...Object.entries(headers).flatMap(([name, value]) => [
      word(name.length),
      Buffer.from(name),
      word(value.length),
      Buffer.from(value),
    ]),
  ]);

function control(type: number, payload: Buffer, flags = 0): Buffer {
  const head = Buffer.from([0x80, 3, 0, type, flags, 0, 0, 0]);
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

/** Compresses as clients do: one stream over all blocks. */
function compressor() {
  const deflate = createDeflate({ dictionary: SPDY_DICTIONARY, flush: constants.Z_SYNC_FLUSH });
  let out: Buffer[] = [];
  deflate.on("data", (chunk: Buffer) => out.push(chunk));
  return (plain: Buffer) =>
    new Promise<Buffer>((resolve) => {
      out = [];
      deflate.write(plain, () => resolve(Buffer.concat(out)));
    });
}

const synStream = (id: number, compressed: Buffer, flags = 0) =>
  control(1, Buffer.concat([word(id), word(0), Buffer.from([0, 0]), compressed]), flags);

describe("header blocks", () => {
  it("are compressed with the protocol's dictionary", () => {
    expect(SPDY_DICTIONARY).toHaveLength(1423);
    expect(SPDY_DICTIONARY.toString("latin1", 0, 11)).toBe("\0\0\0\x07options");
  });

  it("are read one after the other, as one stream", async () => {
    const compress = compressor();
    const reader = new HeaderReader();
    for (const headers of [{ streamtype: "data", port: "80" }, { streamtype: "error" }, {}]) {
      expect(Object.fromEntries(await reader.read(await compress(block(headers))))).toEqual(
        headers,
      );
    }
    reader.close();
  });

  it("without headers are what any decompressor reads", () => {
    const writer = new HeaderWriter();
    const written = Buffer.concat([writer.write(), writer.write(), writer.write()]);
    const options = { dictionary: SPDY_DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH };
    expect(inflateSync(written, options)).toEqual(Buffer.alloc(12));
  });

  it("are refused when they are broken, cut off, or unpack to too much", async () => {
    for (const plain of [
      Buffer.alloc(0),
      word(1),
      Buffer.concat([word(1), word(9), Buffer.from("a")]),
    ]) {
      expect(() => parseHeaders(plain)).toThrow(SpdyError);
    }
    await expect(new HeaderReader().read(Buffer.from("nonsense"))).rejects.toThrow(SpdyError);
    const bomb = await compressor()(Buffer.alloc(1 << 20));
    const reader = new HeaderReader();
    await expect(reader.read(bomb)).rejects.toThrow(SpdyError);
    await expect(reader.read(bomb)).rejects.toThrow(SpdyError);
  });
});

describe("frames", () => {
  it("are the same however the bytes are cut", () => {
    const bytes = Buffer.concat([
      dataFrame(1, Buffer.from("hello"), false),
      control(6, word(7)),
      control(3, Buffer.concat([word(1), word(5)])),
      control(4, word(0)),
      dataFrame(1, Buffer.alloc(0), true),
    ]);
    const types = (chunks: readonly Buffer[]) => {
      const reader = new SpdyReader();
      return chunks.flatMap((chunk) => [...reader.read(chunk)].map(({ type }) => type));
    };
    const whole = types([bytes]);
    expect(whole).toEqual(["data", "ping", "reset", "other", "data"]);
    for (let at = 1; at < bytes.length; at++) {
      expect(types([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
  });

  it.each([
    ["of another version", Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0])],
    ["that are too long", Buffer.from([0, 0, 0, 1, 0, 0xff, 0xff, 0xff])],
    ["that are cut off", control(1, word(1))],
  ])("%s are refused", (_, bytes) => {
    expect(() => [...new SpdyReader().read(bytes)]).toThrow(SpdyError);
  });
});

describe("a connection", () => {
  async function pair(onStream: (stream: SpdyStream) => void) {
    const server = createServer((socket) => new SpdyConnection(socket, onStream));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    client.on("error", () => {});
    await once(client, "connect");
    const close = async () => {
      client.destroy();
      server.close();
      await once(server, "close");
    };
    return { client, close };
  }

  async function frames(client: Socket, count: number) {
    const reader = new SpdyReader();
    const found: ReturnType<(typeof reader)["read"]> extends Generator<infer F> ? F[] : never = [];
    for await (const chunk of client) {
      found.push(...reader.read(chunk as Buffer));
      if (found.length >= count) break;
    }
    return found;
  }

  it("answers a stream's data on it, and its end by its end", async () => {
    const { client, close } = await pair((stream) => stream.pipe(stream));
    const compress = compressor();
    client.write(synStream(1, await compress(block({ streamtype: "data" }))));
    client.write(dataFrame(1, Buffer.from("hello"), true));
    const found = await frames(client, 3);
    expect(
      found.map((frame) => [frame.type, "data" in frame ? frame.data.toString() : ""]),
    ).toEqual([
      ["other", ""],
      ["data", "hello"],
      ["data", ""],
    ]);
    expect(found[2]).toMatchObject({ isLast: true });
    await close();
  });

  it("carries much data whole, though nobody counts windows", async () => {
    const { client, close } = await pair((stream) => stream.pipe(stream));
    client.write(synStream(1, await compressor()(block({}))));
    const sent = Buffer.alloc(4 << 20, "0123456789abcdef");
    for (let at = 0; at < sent.length; at += 60_000) {
      client.write(dataFrame(1, sent.subarray(at, at + 60_000), false));
    }
    client.write(dataFrame(1, Buffer.alloc(0), true));
    const reader = new SpdyReader();
    const received: Buffer[] = [];
    for await (const chunk of client) {
      let isOver = false;
      for (const frame of reader.read(chunk as Buffer)) {
        if (frame.type !== "data") continue;
        received.push(Buffer.from(frame.data));
        isOver ||= frame.isLast;
      }
      if (isOver) break;
    }
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    await close();
  });

  it("ends its streams when the client goes, or breaks the protocol", async () => {
    for (const last of [undefined, Buffer.from([0x80, 9, 0, 1, 0, 0, 0, 0])]) {
      let opened: (stream: SpdyStream) => void = () => {};
      const stream = new Promise<SpdyStream>((resolve) => {
        opened = resolve;
      });
      const { client, close } = await pair((each) => opened(each));
      client.write(synStream(1, await compressor()(block({}))));
      const closed = once((await stream).resume(), "close");
      if (last === undefined) client.destroy();
      else client.write(last);
      await closed;
      await close();
    }
  });
});

describe("a client's connection", () => {
  /** Its server does with what comes what it likes. */
  async function connectTo(serve: (socket: Socket) => void) {
    const server = createServer(serve);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const carrier = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const connection = new SpdyConnection(carrier);
    const end = async () => {
      carrier.destroy();
      server.close();
      await once(server, "close");
    };
    return { carrier, connection, end };
  }

  it("closes when its server gives no sign of life", async () => {
    const reader = new SpdyReader();
    const received: unknown[] = [];
    const { carrier, connection, end } = await connectTo((socket) => {
      socket.on("error", () => {});
      socket.on("data", (chunk) => received.push(...reader.read(chunk)));
    });
    connection.keepAlive(20);
    await once(carrier, "close");
    expect(received).toEqual([{ type: "ping", id: 1 }]);
    await end();
  });

  it("stays as long as its server answers, and answers no answer", async () => {
    const { carrier, connection, end } = await connectTo(
      (socket) => new SpdyConnection(socket, () => {}),
    );
    const written: Buffer[] = [];
    const write = carrier.write.bind(carrier);
    carrier.write = ((chunk: Buffer) => {
      written.push(chunk);
      return write(chunk);
    }) as typeof carrier.write;
    connection.keepAlive(500);
    const reader = new SpdyReader();
    const answered: unknown[] = [];
    await new Promise<void>((resolve) => {
      carrier.on("data", (chunk: Buffer) => {
        answered.push(...reader.read(chunk));
        if (answered.length === 2) resolve();
      });
    });
    expect(connection.isClosed).toBe(false);
    const ids = [1, 3].map((id) => ({ type: "ping", id }));
    expect(answered).toEqual(ids);
    expect([...new SpdyReader().read(Buffer.concat(written))]).toEqual(ids);
    await end();
  });

  it("knows for how long a stream that nobody reads has held it up, and closes after its last stream", async () => {
    const { connection, carrier, end } = await connectTo((socket) => {
      new SpdyConnection(socket, (stream) => stream.write(Buffer.alloc(1 << 20)));
    });
    expect(connection.heldUpFor).toBe(0);
    const stream = connection.open({ streamtype: "data" });
    await expect.poll(() => connection.heldUpFor, { timeout: 60_000 }).toBeGreaterThan(0);
    connection.closeWhenIdle();
    expect(connection.isClosed).toBe(false);
    stream.destroy();
    await once(carrier, "close");
    await end();
  });
});
