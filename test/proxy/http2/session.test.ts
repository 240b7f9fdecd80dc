import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FieldSection } from "../../../src/proxy/exchange/field-section.ts";
import { type AnswerHead, readAnswerHead } from "../../../src/proxy/http2/answer-head.ts";
import { type ConnectionError, ErrorCode } from "../../../src/proxy/http2/error-code.ts";
import { type RequestHead, readRequestHead } from "../../../src/proxy/http2/request-head.ts";
import { type Role, Session } from "../../../src/proxy/http2/session.ts";
import type { Loss, Stream, StreamReceiver } from "../../../src/proxy/http2/stream.ts";
import { dataFrame, END_STREAM, frame, headersFrame } from "../frames.ts";
import { MemoryConnection } from "./memory-connection.ts";

const REQUEST = { ":method": "POST", ":scheme": "http", ":path": "/", ":authority": "web.shop" };
const SETTINGS = frame(4, 0, 0, Buffer.alloc(0));
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;
/** Frames of our own making at the start: settings and the window of the connection. */
const WINDOW = 256 * 1024;
const number = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const update = (id: number, more: number) => frame(8, 0, id, number(more));
const reset = (id: number, code = 8) => frame(3, 0, id, number(code));
const setting = (id: number, value: number) =>
  Buffer.concat([Buffer.from([id >> 8, id]), number(value)]);
const head = (id: number, more: Record<string, string> = {}, flags = 0) =>
  headersFrame(id, { ...REQUEST, ...more }, flags);

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

function framesOf(bytes: Buffer): Frame[] {
  const found: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    const [type = 0, flags = 0] = bytes.subarray(at + 3, at + 5);
    found.push({
      type,
      flags,
      id: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return found;
}

/** A request as it is told. */
class Request implements StreamReceiver<RequestHead> {
  readonly stream: Stream<RequestHead>;
  body = "";
  trailers: readonly string[] | undefined;
  loss: Loss | undefined;
  drains = 0;

  constructor(stream: Stream<RequestHead>) {
    this.stream = stream;
    stream.receiver = this;
  }

  answered(): void {}

  data(bytes: Buffer, start: number, end: number): void {
    this.body += bytes.toString("latin1", start, end);
  }

  ended(trailers: FieldSection): void {
    this.trailers = trailers.pairs;
  }

  drained(): void {
    this.drains++;
  }

  lost(loss: Loss): void {
    this.loss = loss;
  }
}

/** The server's side of a connection, with everything that it was told. */
class Server implements Role<RequestHead> {
  readonly isServer = true;
  readonly settings = [];
  readonly limits = { bytes: 16 * 1024, fields: 50 };
  readonly maxStreams = 100;
  readonly requests: Request[] = [];
  readonly refusals: string[] = [];
  readonly connection = new MemoryConnection();
  readonly session: Session<RequestHead>;
  isClosed = false;
  error: ConnectionError | undefined;

  constructor() {
    this.session = new Session(this.connection, this);
    this.connection.resume();
  }

  readHead(pairs: readonly string[], isCut: boolean) {
    return readRequestHead(pairs, isCut);
  }

  opened(stream: Stream<RequestHead>): void {
    this.requests.push(new Request(stream));
    stream.resume();
  }

  refused(reason: string): void {
    this.refusals.push(reason);
  }

  allowed(): void {}

  left(): void {}

  forgot(): void {}

  closed(_reason: string, error: ConnectionError | undefined): void {
    this.isClosed = true;
    this.error = error;
  }

  receive(...frames: readonly Buffer[]): void {
    const bytes = Buffer.concat(frames);
    this.session.received(bytes, bytes.length);
  }

  /** What was sent until now. */
  async sent(): Promise<Frame[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return framesOf(this.connection.take());
  }
}

/** A session that has been greeted, of which nothing more is to be read than what follows. */
async function greeted(): Promise<Server> {
  const server = new Server();
  server.receive(SETTINGS);
  await server.sent();
  return server;
}

const goAways = (frames: readonly Frame[]) =>
  frames.filter(({ type }) => type === 7).map(({ payload }) => payload.readUInt32BE(4));
const resets = (frames: readonly Frame[]) =>
  frames
    .filter(({ type }) => type === 3)
    .map(({ id, payload }) => [id, payload.readUInt32BE(0)] as const);

const {
  PROTOCOL_ERROR,
  FLOW_CONTROL_ERROR,
  STREAM_CLOSED,
  FRAME_SIZE_ERROR,
  REFUSED_STREAM,
  COMPRESSION_ERROR,
  ENHANCE_YOUR_CALM,
  NO_ERROR,
} = ErrorCode;

describe("ends the connection at", () => {
  const body = dataFrame(1, "x");
  test.each<[string, number, readonly Buffer[]]>([
    ["a frame longer than agreed on", FRAME_SIZE_ERROR, [frame(0, 0, 1, Buffer.alloc(16_385))]],
    ["data without a stream", PROTOCOL_ERROR, [dataFrame(0, "x")]],
    ["data on a stream that has not begun", PROTOCOL_ERROR, [body]],
    ["more padding than data", PROTOCOL_ERROR, [head(1), frame(0, PADDED, 1, Buffer.from([2, 1]))]],
    ["padding of no length", FRAME_SIZE_ERROR, [head(1), frame(0, PADDED, 1, Buffer.alloc(0))]],
    ["a head without a stream", PROTOCOL_ERROR, [head(0)]],
    ["a head on a stream of ours", PROTOCOL_ERROR, [head(2)]],
    ["a head on a lower stream", STREAM_CLOSED, [head(5, {}, END_STREAM), head(3)]],
    [
      "a head that depends on itself",
      PROTOCOL_ERROR,
      [frame(1, END_HEADERS | PRIORITY, 1, Buffer.from([0, 0, 0, 1, 0]))],
    ],
    [
      "a head with half a priority",
      FRAME_SIZE_ERROR,
      [frame(1, END_HEADERS | PRIORITY, 1, Buffer.alloc(3))],
    ],
    [
      "a head that is not HPACK",
      COMPRESSION_ERROR,
      [frame(1, END_HEADERS, 1, Buffer.from([0x80]))],
    ],
    [
      "a frame in the middle of a head",
      PROTOCOL_ERROR,
      [frame(1, 0, 1, Buffer.alloc(0)), frame(6, 0, 0, Buffer.alloc(8))],
    ],
    [
      "the continuation of another head",
      PROTOCOL_ERROR,
      [frame(1, 0, 1, Buffer.alloc(0)), frame(9, 0, 3, Buffer.alloc(0))],
    ],
    ["the continuation of nothing", PROTOCOL_ERROR, [frame(9, 0, 1, Buffer.alloc(0))]],
    [
      "continuations without an end",
      ENHANCE_YOUR_CALM,
      [
        frame(1, 0, 1, Buffer.alloc(0)),
        ...Array.from({ length: 70 }, () => frame(9, 0, 1, Buffer.alloc(0))),
      ],
    ],
    [
      "a head of 40,000 bytes",
      ENHANCE_YOUR_CALM,
      [
        frame(1, 0, 1, Buffer.alloc(16_000)),
        frame(9, 0, 1, Buffer.alloc(16_000)),
        frame(9, 0, 1, Buffer.alloc(16_000)),
      ],
    ],
    ["a priority without a stream", PROTOCOL_ERROR, [frame(2, 0, 0, Buffer.alloc(5))]],
    ["half a priority", FRAME_SIZE_ERROR, [frame(2, 0, 1, Buffer.alloc(4))]],
    [
      "a priority that depends on itself",
      PROTOCOL_ERROR,
      [frame(2, 0, 1, Buffer.from([0, 0, 0, 1, 0]))],
    ],
    ["a reset of nothing", PROTOCOL_ERROR, [reset(0)]],
    ["a reset of a stream that has not begun", PROTOCOL_ERROR, [reset(1)]],
    ["half a reset", FRAME_SIZE_ERROR, [head(1), frame(3, 0, 1, Buffer.alloc(3))]],
    ["settings of a stream", PROTOCOL_ERROR, [frame(4, 0, 1, Buffer.alloc(0))]],
    ["half a setting", FRAME_SIZE_ERROR, [frame(4, 0, 0, Buffer.alloc(5))]],
    ["an acknowledgement with settings", FRAME_SIZE_ERROR, [frame(4, 1, 0, Buffer.alloc(6))]],
    ["ENABLE_PUSH 2", PROTOCOL_ERROR, [frame(4, 0, 0, setting(2, 2))]],
    ["INITIAL_WINDOW_SIZE 2^31", FLOW_CONTROL_ERROR, [frame(4, 0, 0, setting(4, 2 ** 31))]],
    ["MAX_FRAME_SIZE 16383", PROTOCOL_ERROR, [frame(4, 0, 0, setting(5, 16_383))]],
    ["MAX_FRAME_SIZE 2^24", PROTOCOL_ERROR, [frame(4, 0, 0, setting(5, 2 ** 24))]],
    [
      "a window that settings make too large",
      FLOW_CONTROL_ERROR,
      [head(1), update(1, 2 ** 31 - 1 - 65_535), frame(4, 0, 0, setting(4, 65_536))],
    ],
    ["a promise", PROTOCOL_ERROR, [head(1), frame(5, END_HEADERS, 1, number(2))]],
    ["a ping of a stream", PROTOCOL_ERROR, [frame(6, 0, 1, Buffer.alloc(8))]],
    ["half a ping", FRAME_SIZE_ERROR, [frame(6, 0, 0, Buffer.alloc(7))]],
    ["a farewell of a stream", PROTOCOL_ERROR, [frame(7, 0, 1, Buffer.alloc(8))]],
    ["half a farewell", FRAME_SIZE_ERROR, [frame(7, 0, 0, Buffer.alloc(7))]],
    ["half a window update", FRAME_SIZE_ERROR, [frame(8, 0, 0, Buffer.alloc(3))]],
    ["a window update of nothing", PROTOCOL_ERROR, [update(0, 0)]],
    ["a window update of a stream that has not begun", PROTOCOL_ERROR, [update(1, 1)]],
    ["a window beyond 2^31 - 1", FLOW_CONTROL_ERROR, [update(0, 2 ** 31 - 1)]],
    [
      "more data than the connection has room for",
      FLOW_CONTROL_ERROR,
      Array.from({ length: 20 }, (_, i) => [
        head(2 * i + 1),
        ...Array.from({ length: 16 }, () => frame(0, 0, 2 * i + 1, Buffer.alloc(16_384))),
      ]).flat(),
    ],
    [
      "resets, one after the other",
      ENHANCE_YOUR_CALM,
      Array.from({ length: 2_000 }, (_, i) => [head(2 * i + 1), reset(2 * i + 1)]).flat(),
    ],
    [
      "malformed heads, one after the other",
      ENHANCE_YOUR_CALM,
      Array.from({ length: 2_000 }, (_, i) => head(2 * i + 1, { connection: "x" })),
    ],
    [
      "window updates of nothing, one after the other",
      ENHANCE_YOUR_CALM,
      Array.from({ length: 2_000 }, (_, i) => [head(2 * i + 1), update(2 * i + 1, 0)]).flat(),
    ],
    ["a flood of settings", ENHANCE_YOUR_CALM, Array.from({ length: 10_500 }, () => SETTINGS)],
    [
      "a flood of pings",
      ENHANCE_YOUR_CALM,
      Array.from({ length: 10_500 }, () => frame(6, 0, 0, Buffer.alloc(8))),
    ],
    [
      "a flood of priorities",
      ENHANCE_YOUR_CALM,
      Array.from({ length: 10_500 }, () => frame(2, 0, 1, Buffer.alloc(5))),
    ],
    [
      "a flood of window updates",
      ENHANCE_YOUR_CALM,
      Array.from({ length: 10_500 }, () => update(0, 1)),
    ],
    [
      "a flood of frames that nobody knows",
      ENHANCE_YOUR_CALM,
      Array.from({ length: 10_500 }, () => frame(77, 0, 0, Buffer.alloc(0))),
    ],
    [
      "a flood of empty data",
      ENHANCE_YOUR_CALM,
      [head(1), ...Array.from({ length: 10_500 }, () => dataFrame(1, ""))],
    ],
  ])("%s", async (_what, code, frames) => {
    const server = await greeted();
    for (const request of server.requests) request.stream.pause();
    server.opened = (stream) => server.requests.push(new Request(stream));
    server.receive(...frames);
    expect(goAways(await server.sent())).toEqual([code]);
    expect(server.error?.code).toBe(code);
    expect(server.connection.isWritable).toBe(false);
    expect(server.session.streams).toBe(0);
    for (const { loss, trailers } of server.requests) expect(loss ?? trailers).toBeDefined();
  });

  test("anything but settings at first", async () => {
    const server = new Server();
    server.receive(frame(6, 0, 0, Buffer.alloc(8)));
    expect(goAways(await server.sent())).toEqual([PROTOCOL_ERROR]);
  });
});

describe("resets a stream at", () => {
  test.each<[string, number, readonly Buffer[]]>([
    ["data after its end", STREAM_CLOSED, [head(1, {}, END_STREAM), dataFrame(1, "x")]],
    ["a head after its end", STREAM_CLOSED, [head(1, {}, END_STREAM), head(1)]],
    ["a window update of nothing", PROTOCOL_ERROR, [head(1), update(1, 0)]],
    ["a window beyond 2^31 - 1", FLOW_CONTROL_ERROR, [head(1), update(1, 2 ** 31 - 1)]],
    [
      "more data than it has room for",
      FLOW_CONTROL_ERROR,
      [head(1), ...Array.from({ length: 17 }, () => frame(0, 0, 1, Buffer.alloc(16_384)))],
    ],
    ["trailers that are not the end", PROTOCOL_ERROR, [head(1), headersFrame(1, { a: "b" })]],
    [
      "trailers with a pseudo-field",
      PROTOCOL_ERROR,
      [head(1), headersFrame(1, { ":path": "/" }, END_STREAM)],
    ],
    [
      "more content than announced",
      PROTOCOL_ERROR,
      [head(1, { "content-length": "1" }), dataFrame(1, "xy")],
    ],
    [
      "less content than announced",
      PROTOCOL_ERROR,
      [head(1, { "content-length": "3" }), dataFrame(1, "xy", END_STREAM)],
    ],
    [
      "less content than announced, and trailers",
      PROTOCOL_ERROR,
      [
        head(1, { "content-length": "3" }),
        dataFrame(1, "xy"),
        headersFrame(1, { a: "b" }, END_STREAM),
      ],
    ],
    [
      "no content where some was announced",
      PROTOCOL_ERROR,
      [head(1, { "content-length": "3" }, END_STREAM)],
    ],
  ])("%s", async (_what, code, frames) => {
    const server = await greeted();
    server.opened = (stream) => server.requests.push(new Request(stream));
    server.receive(...frames);
    const sent = await server.sent();
    expect(resets(sent)).toEqual([[1, code]]);
    expect(goAways(sent)).toEqual([]);
    // What it sent before it knew does no harm, and the next request is read.
    server.receive(dataFrame(1, "late"), reset(1), update(1, 1), head(3, {}, END_STREAM));
    expect(resets(await server.sent())).toEqual([]);
    expect(server.requests.at(-1)?.stream.id).toBe(3);
  });

  const malformed = (pairs: Record<string, string>) => headersFrame(1, pairs, END_STREAM);
  const { ":authority": _authority, ...noAuthority } = REQUEST;
  test.each<[string, Buffer]>([
    ["a name in upper case", head(1, { "X-A": "b" })],
    ["a name with a blank", head(1, { "a b": "c" })],
    ["a name with a colon", head(1, { "a:b": "c" })],
    ["no name", head(1, { "": "c" })],
    ["a value with a line feed", head(1, { a: "b\nc" })],
    ["a value with a carriage return", head(1, { a: "b\rc" })],
    ["a value with a zero", head(1, { a: "b\0c" })],
    ["a value with another control character", head(1, { a: "b\x01c" })],
    ["a value with DEL", head(1, { a: "b\x7fc" })],
    ["a blank before a value", head(1, { a: " b" })],
    ["a tab after a value", head(1, { a: "b\t" })],
    ["connection", head(1, { connection: "close" })],
    ["keep-alive", head(1, { "keep-alive": "x" })],
    ["proxy-connection", head(1, { "proxy-connection": "x" })],
    ["transfer-encoding", head(1, { "transfer-encoding": "chunked" })],
    ["upgrade", head(1, { upgrade: "x" })],
    ["te other than trailers", head(1, { te: "gzip" })],
    ["a pseudo-field that nobody knows", malformed({ ":x": "y", ...REQUEST })],
    ["a pseudo-field of answers", malformed({ ":status": "200", ...REQUEST })],
    ["a pseudo-field after a field", malformed({ a: "b", ...REQUEST })],
    ["a :protocol with POST", malformed({ ...REQUEST, ":protocol": "websocket" })],
    [
      "an extended CONNECT without :path",
      malformed({ ":method": "CONNECT", ":scheme": "http", ":protocol": "websocket" }),
    ],
    [
      "an extended CONNECT with a content-length",
      malformed({
        ...REQUEST,
        ":method": "CONNECT",
        ":protocol": "websocket",
        "content-length": "0",
      }),
    ],
    ["no :method", malformed({ ...noAuthority, ":method": "" })],
    ["an empty :path", head(1, { ":path": "" })],
    ["no :scheme", malformed({ ":method": "GET", ":path": "/" })],
    ["CONNECT with a :path", head(1, { ":method": "CONNECT" })],
    ["a content-length that is no number", head(1, { "content-length": "+1" })],
    ["a line feed in :path", head(1, { ":path": "/\n" })],
  ])("a malformed head: %s", async (_what, bytes) => {
    const server = await greeted();
    server.receive(bytes);
    expect(resets(await server.sent())).toEqual([[1, PROTOCOL_ERROR]]);
    expect(server.requests).toEqual([]);
    expect(server.refusals).toHaveLength(1);
  });

  test("more streams than it allows, without a request", async () => {
    const server = await greeted();
    server.receive(...Array.from({ length: 101 }, (_, i) => head(2 * i + 1)));
    expect(resets(await server.sent())).toEqual([[201, REFUSED_STREAM]]);
    expect(server.requests).toHaveLength(100);
  });

  test("a head that comes in pieces is one, whatever it is padded with", async () => {
    const server = await greeted();
    const whole = head(1).subarray(9);
    const first = Buffer.concat([
      Buffer.from([3]),
      Buffer.alloc(5),
      whole.subarray(0, 10),
      Buffer.alloc(3),
    ]);
    server.receive(
      frame(1, PADDED | PRIORITY | END_STREAM, 1, first),
      frame(9, 0, 1, whole.subarray(10, 20)),
      frame(9, END_HEADERS, 1, whole.subarray(20)),
    );
    expect(await server.sent()).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });
});

describe("flow control", () => {
  const answer = (request: Request | undefined, length: number): boolean | undefined => {
    request?.stream.sendHead([":status", "200"], FieldSection.EMPTY, false);
    return request?.stream.write(Buffer.alloc(length), 0, length, false);
  };
  const dataOf = (frames: readonly Frame[], id: number) =>
    frames
      .filter((each) => each.type === 0 && each.id === id)
      .reduce((sum, { payload }) => sum + payload.length, 0);

  test("sends within the window of the stream, and says when there is room again", async () => {
    const server = await greeted();
    server.receive(frame(4, 0, 0, setting(4, 10)), head(1, {}, END_STREAM));
    const [request] = server.requests;
    expect(answer(request, 25)).toBe(false);
    request?.stream.end(FieldSection.ofPairs(["a", "b"]));
    expect(dataOf(await server.sent(), 1)).toBe(10);
    server.receive(update(1, 10));
    expect(dataOf(await server.sent(), 1)).toBe(10);
    expect(request?.drains).toBe(0);
    server.receive(update(1, 10));
    const sent = await server.sent();
    expect(dataOf(sent, 1)).toBe(5);
    expect(sent.at(-1)).toMatchObject({ type: 1, flags: END_HEADERS | END_STREAM });
    expect(server.session.streams).toBe(0);
  });

  test("sends within the window of the connection, a frame of each stream in turn", async () => {
    const server = await greeted();
    server.receive(head(1), head(3));
    expect(answer(server.requests[0], 60_000)).toBe(true);
    expect(answer(server.requests[1], 60_000)).toBe(false);
    expect(answer(server.requests[0], 60_000)).toBe(false);
    const first = await server.sent();
    expect([dataOf(first, 1), dataOf(first, 3)]).toEqual([60_000, 5_535]);
    server.receive(update(1, 100_000), update(3, 100_000), update(0, 40_000));
    const next = await server.sent();
    expect(dataOf(next, 1) + dataOf(next, 3)).toBe(40_000);
    expect(dataOf(next, 1)).toBeGreaterThan(10_000);
    expect(dataOf(next, 3)).toBeGreaterThan(10_000);
    server.receive(update(0, 1_000_000));
    expect(server.requests.map(({ drains }) => drains)).toEqual([1, 1]);
  });

  test("a smaller window that settings ask for holds for streams that are open", async () => {
    const server = await greeted();
    server.receive(head(1));
    answer(server.requests[0], 65_535);
    server.receive(frame(4, 0, 0, setting(4, 0)), update(0, 100), update(1, 65_535));
    await server.sent();
    answer(server.requests[0], 10);
    expect(dataOf(await server.sent(), 1)).toBe(0);
    server.receive(update(1, 3));
    expect(dataOf(await server.sent(), 1)).toBe(3);
  });

  test("gives a stream more room as its content is taken, and none while it isn't", async () => {
    const server = await greeted();
    server.receive(head(1));
    const [request] = server.requests;
    request?.stream.pause();
    const part = frame(0, 0, 1, Buffer.alloc(16_384, "x"));
    for (let i = 0; i < WINDOW / 16_384; i++) server.receive(part);
    expect(await server.sent()).toEqual([]);
    expect(request?.stream.hasMore).toBe(true);
    request?.stream.resume();
    expect(request?.body).toHaveLength(WINDOW);
    expect((await server.sent()).map(({ type, id }) => [type, id])).toEqual([
      [8, 1],
      [8, 1],
    ]);
  });

  test("gives the connection its room back for streams that nobody reads", async () => {
    const server = await greeted();
    let given = 0;
    for (let i = 0; i < 400; i++) {
      const id = 2 * i + 1;
      server.receive(
        head(id),
        ...Array.from({ length: 4 }, () => frame(0, 0, id, Buffer.alloc(16_384))),
      );
      server.requests.at(-1)?.stream.reset(ErrorCode.CANCEL);
      server.receive(frame(0, 0, id, Buffer.alloc(1_000)));
      for (const { type, id: of, payload } of await server.sent()) {
        if (type === 8 && of === 0) given += payload.readUInt32BE(0);
      }
      if (i > 250) break;
    }
    expect(given).toBeGreaterThan(8 * 1024 * 1024);
    expect(server.error).toBeUndefined();
  });

  test("a client that asks and takes nothing is not read any more", async () => {
    const server = await greeted();
    server.connection.isHeldUp = true;
    const ping = frame(6, 0, 0, Buffer.alloc(8));
    for (let i = 0; i < 9 && !server.connection.isPaused; i++) {
      server.receive(head(2 * i + 1, {}, END_STREAM));
      const pairs = ["x-large", "y".repeat(60_000)];
      server.requests[i]?.stream.sendHead([":status", "200"], FieldSection.ofPairs(pairs), true);
      await new Promise((resolve) => setImmediate(resolve));
      server.receive(ping);
    }
    expect(server.connection.isPaused).toBe(true);
    expect(server.connection.pending).toBeLessThan(400_000);
    server.connection.release();
    expect(server.connection.isPaused).toBe(false);
  });

  test("tells those again who write more when they are told", async () => {
    const server = await greeted();
    server.receive(update(0, 10_000_000), head(1), update(1, 10_000_000));
    const [request] = server.requests as [Request];
    request.drained = () => {
      if (request.drains++ > 0) return;
      server.connection.isHeldUp = true;
      // As much as is written at once: nothing of it waits here, but the system takes no more.
      expect(request.stream.write(Buffer.alloc(65_536), 0, 65_536, false)).toBe(false);
    };
    answer(request, 100);
    server.connection.isHeldUp = true;
    await new Promise((resolve) => setImmediate(resolve));
    expect(answer(request, 100)).toBe(false);
    server.connection.release();
    expect(request.drains).toBe(1);
    server.connection.release();
    expect(request.drains).toBe(2);
  });

  test("data waits while the system takes none, and not in our memory", async () => {
    const server = await greeted();
    server.connection.isHeldUp = true;
    server.receive(update(0, 10_000_000), head(1), update(1, 10_000_000));
    expect(answer(server.requests[0], 100)).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(answer(server.requests[0], 100)).toBe(false);
    server.connection.take();
    server.connection.release();
    expect(server.requests[0]?.drains).toBe(1);
    expect(dataOf(await server.sent(), 1)).toBe(100);
  });
});

test("a connection that throws where it should not keeps no other one waiting", async () => {
  const [broken, whole] = [await greeted(), await greeted()];
  const fault = new Error("a fault of a connection");
  broken.connection.write = () => {
    throw fault;
  };
  const caught = new Promise((resolve) => process.once("uncaughtException", resolve));
  const listeners = process.rawListeners("uncaughtException").slice(0, -1);
  for (const each of listeners) process.off("uncaughtException", each as () => void);
  const ping = frame(6, 0, 0, Buffer.alloc(8));
  broken.receive(ping);
  whole.receive(ping);
  expect(await caught).toBe(fault);
  for (const each of listeners) process.on("uncaughtException", each as () => void);
  await new Promise((resolve) => setImmediate(resolve));
  expect((await whole.sent()).map(({ type }) => type)).toEqual([6]);
});

describe("a session that is to end", () => {
  test("takes what was sent before the client knew, and refuses what comes later", async () => {
    const server = await greeted();
    server.receive(head(1));
    server.session.leave();
    const [farewell, ping] = await server.sent();
    expect(farewell?.payload.readUInt32BE(0)).toBe(2 ** 31 - 1);
    server.receive(head(3));
    server.receive(frame(6, 1, 0, ping?.payload ?? Buffer.alloc(0)));
    const [last] = await server.sent();
    expect(last?.payload.readUInt32BE(0)).toBe(3);
    server.receive(head(5));
    expect(resets(await server.sent())).toEqual([[5, REFUSED_STREAM]]);
    expect(server.isClosed).toBe(false);
    for (const { stream } of server.requests)
      stream.sendHead([":status", "204"], FieldSection.EMPTY, true);
    for (const { stream } of server.requests) stream.leave();
    expect(resets(await server.sent())).toEqual([]);
    server.session.check(Date.now() + 5_000, { idleTime: 0, stallTime: 0 });
    expect(resets(await server.sent())).toEqual([
      [1, NO_ERROR],
      [3, NO_ERROR],
    ]);
    expect(server.isClosed).toBe(true);
    expect(server.error).toBeUndefined();
  });

  test("doesn't wait for a client that never says that it has heard", async () => {
    const server = await greeted();
    server.session.leave();
    server.session.check(Date.now() + 5_000, { idleTime: 0, stallTime: 0 });
    expect(goAways(await server.sent())).toEqual([NO_ERROR, NO_ERROR]);
    expect(server.isClosed).toBe(true);
  });

  test("begins to when nothing was asked for long", async () => {
    const server = await greeted();
    const limits = { idleTime: 1_000, stallTime: 0 };
    server.session.check(Date.now() + 500, limits);
    expect(server.session.isLeaving).toBe(false);
    server.session.check(Date.now() + 1_500, limits);
    expect(server.session.isLeaving).toBe(true);
  });

  test("closes when what was sent is not taken for long", async () => {
    const server = await greeted();
    server.connection.isHeldUp = true;
    server.receive(frame(6, 0, 0, Buffer.alloc(8)));
    await new Promise((resolve) => setImmediate(resolve));
    const limits = { idleTime: 100, stallTime: 1_000 };
    const now = Date.now();
    server.session.check(now, limits);
    expect(server.connection.isClosed).toBe(false);
    server.session.check(now + 1_500, limits);
    expect(server.connection.isClosed).toBe(true);
  });
});

/** The client's side, which has asked for two things. */
class Client implements Role<AnswerHead> {
  readonly isServer = false;
  readonly settings = [];
  readonly limits = { bytes: 16 * 1024, fields: 50 };
  readonly maxStreams = 0;
  readonly told: string[] = [];
  readonly connection = new MemoryConnection();
  readonly session: Session<AnswerHead>;
  allows: number | undefined;
  error: ConnectionError | undefined;

  constructor() {
    this.session = new Session(this.connection, this);
  }

  ask(ends: boolean): Stream<AnswerHead> {
    const stream = this.session.open();
    const { id } = stream;
    stream.receiver = {
      answered: (head, last) => {
        stream.awaitsHead = head.status < 200;
        this.told.push(`${id}: ${head.status}${last ? " whole" : ""}`);
      },
      data: (bytes, start, end, last) => {
        this.told.push(`${id}: ${bytes.toString("latin1", start, end)}${last ? " last" : ""}`);
      },
      ended: ({ pairs }) => this.told.push(`${id}: ended ${pairs}`),
      drained() {},
      lost: ({ untouched, code }) => this.told.push(`${id}: lost ${code} ${untouched}`),
    };
    stream.resume();
    stream.sendHead([":method", "GET"], FieldSection.EMPTY, ends);
    return stream;
  }

  receive(...frames: readonly Buffer[]): void {
    const bytes = Buffer.concat(frames);
    this.session.received(bytes, bytes.length);
  }

  readHead(pairs: readonly string[], isCut: boolean) {
    return readAnswerHead(pairs, isCut);
  }

  opened(): void {
    throw new Error("a server begins no streams");
  }

  refused(): void {}

  allowed(streams: number): void {
    this.allows = streams;
  }

  left(): void {
    this.told.push("left");
  }

  forgot(): void {}

  closed(_reason: string, error: ConnectionError | undefined): void {
    this.error = error;
  }
}

async function sentBy({ connection }: Client): Promise<Buffer> {
  await new Promise((resolve) => setImmediate(resolve));
  return connection.take();
}

describe("the client's side", () => {
  const ok = (id: number, flags = 0) => headersFrame(id, { ":status": "200" }, flags);

  test("is told how many streams the server allows", () => {
    const client = new Client();
    client.receive(SETTINGS);
    expect(client.allows).toBe(Number.POSITIVE_INFINITY);
    client.receive(frame(4, 0, 0, setting(3, 7)));
    expect(client.allows).toBe(7);
  });

  test("takes interim answers, an answer, its content and its trailers", () => {
    const client = new Client();
    client.ask(true);
    client.ask(true);
    client.receive(SETTINGS, headersFrame(1, { ":status": "103" }), ok(1), ok(3, END_STREAM));
    client.receive(dataFrame(1, "a"), dataFrame(1, "b"), headersFrame(1, { c: "d" }, END_STREAM));
    expect(client.told).toEqual([
      "1: 103",
      "1: 200",
      "3: 200 whole",
      "1: a",
      "1: b",
      "1: ended c,d",
    ]);
    expect(client.session.streams).toBe(0);
  });

  test("knows which streams a server that leaves has not touched, and serves the others", () => {
    const client = new Client();
    for (let i = 0; i < 3; i++) client.ask(true);
    const farewell = Buffer.concat([number(3), number(0)]);
    client.receive(SETTINGS, frame(7, 0, 0, farewell), ok(1, END_STREAM), reset(3, 2));
    expect(client.told).toEqual(["left", "5: lost 0 true", "1: 200 whole", "3: lost 2 false"]);
    expect(client.session.isLeaving).toBe(true);
    expect(client.connection.isWritable).toBe(false);
  });

  test("and which one it refused", () => {
    const client = new Client();
    client.ask(true);
    client.receive(SETTINGS, reset(1, REFUSED_STREAM));
    expect(client.told).toEqual(["1: lost 7 true"]);
  });

  test("resets a stream whose content comes before a head", async () => {
    const client = new Client();
    client.ask(true);
    client.receive(SETTINGS, dataFrame(1, "x"), ok(1, END_STREAM));
    expect(resets(framesOf(await sentBy(client)))).toEqual([[1, PROTOCOL_ERROR]]);
    expect(client.told).toEqual(["1: lost 1 false"]);
  });

  test.each<[string, number, readonly Buffer[]]>([
    ["a head on a stream that was not asked for", PROTOCOL_ERROR, [ok(5)]],
    ["a stream of the server's own", PROTOCOL_ERROR, [ok(2)]],
    ["a head after the end", STREAM_CLOSED, [ok(1, END_STREAM), ok(1)]],
  ])("ends the connection at %s", (_what, code, frames) => {
    const client = new Client();
    client.ask(true);
    client.receive(SETTINGS, ...frames);
    expect(client.error?.code).toBe(code);
  });
});

describe("of frames of any kind, in pieces of any size,", () => {
  const id = fc.constantFrom(0, 1, 1, 3, 3, 5, 7, 2, 2 ** 31 - 1);
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(number(0), number(1), number(65_535), number(2 ** 31 - 1), Buffer.alloc(8)),
    fc.constantFrom(setting(4, 0), setting(4, 2 ** 31 - 1), setting(1, 0), setting(5, 16_384)),
  );
  const any = fc
    .record({ type: fc.nat(11), flags: fc.nat(255), id, payload })
    .map((each) => frame(each.type, each.flags, each.id, each.payload));
  const sensible = fc
    .tuple(fc.constantFrom(1, 3, 5, 7), fc.constantFrom(0, END_STREAM), fc.nat(3), fc.string())
    .map(([stream, flags, kind, text]) => {
      if (kind === 0) return dataFrame(stream, text, flags);
      if (kind === 1) return update(stream, 1 + text.length);
      return kind === 2 ? head(stream, {}, flags) : headersFrame(stream, { a: "b" }, flags);
    });

  test("none gets further in a client", async () => {
    const answers = fc
      .tuple(
        fc.constantFrom(1, 3, 5),
        fc.constantFrom(0, END_STREAM),
        fc.constantFrom("103", "200"),
      )
      .map(([stream, flags, status]) => headersFrame(stream, { ":status": status }, flags));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 2, arbitrary: answers }, sensible, any), { maxLength: 60 }),
        async (frames) => {
          const client = new Client();
          for (let i = 0; i < 3; i++) {
            const stream = client.ask(i === 0);
            if (i > 0) stream.write(Buffer.alloc(70_000), 0, 70_000, i === 2);
          }
          client.receive(SETTINGS, ...frames);
          for (const { type } of framesOf(await sentBy(client))) expect(type).toBeLessThan(10);
          client.session.closed(undefined);
          expect(client.session.streams).toBe(0);
        },
      ),
      { numRuns: Number(process.env["SESSION_RUNS"] ?? 500) },
    );
  });

  test("none gets further than its stream or its connection", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 4, arbitrary: sensible }, any), { maxLength: 60 }),
        fc.nat(2 ** 31),
        fc.boolean(),
        async (frames, seed, answers) => {
          const server = new Server();
          server.opened = (stream) => {
            const request = new Request(stream);
            server.requests.push(request);
            if (answers) stream.sendHead([":status", "200"], FieldSection.EMPTY, false);
            if (answers) stream.write(Buffer.alloc(70_000), 0, 70_000, stream.id === 5);
            if (stream.id !== 3) stream.resume();
            if (stream.id === 7) stream.leave();
          };
          const bytes = Buffer.concat([SETTINGS, ...frames]);
          for (let at = 0, random = seed; at < bytes.length; ) {
            random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
            const end = Math.min(bytes.length, at + 1 + (random % 50));
            server.session.received(Buffer.from(bytes.subarray(at, end)), end - at);
            at = end;
          }
          // What was sent are frames, whatever came.
          for (const { type } of await server.sent()) expect(type).toBeLessThan(10);
          server.session.closed(undefined);
          expect(server.session.streams).toBe(0);
        },
      ),
      { numRuns: Number(process.env["SESSION_RUNS"] ?? 500) },
    );
  });
});
