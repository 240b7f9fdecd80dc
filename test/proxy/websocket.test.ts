import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import http2, { type ClientHttp2Session } from "node:http2";
import net from "node:net";
import type { Duplex } from "node:stream";
import { deflateRawSync, inflateRawSync, constants as zlib } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import { TestCluster, type TestGateway, type TestPod } from "./cluster.ts";
import { frame, headersFrame } from "./frames.ts";
import { http2Session } from "./http2-client.ts";
import {
  type AskedSocket,
  acceptOf,
  HTTP1_KEY,
  http1SocketPod,
  http2SocketPod,
  type Opened,
  openOverHttp1,
  openOverHttp2,
  type Wish,
} from "./websockets.ts";

const { constants } = http2;
const PROTOCOLS = ["HTTP/1.1", "HTTP/2"] as const;
const H2C = { spec: { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] } };
const WAIT = { timeout: 60_000 };
const RST_STREAM = 3;

let cluster: TestCluster;
let gateway: TestGateway;
let session: ClientHttp2Session | undefined;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  session?.destroy();
  session = undefined;
  await cluster[Symbol.asyncDispose]();
});

async function start(
  outbound: (typeof PROTOCOLS)[number],
  serve: (asked: AskedSocket) => void,
  options: Parameters<TestCluster["gateway"]>[0] = {},
): Promise<TestPod> {
  const isHttp2 = outbound === "HTTP/2";
  const pod = await cluster.pod(isHttp2 ? http2SocketPod(serve) : http1SocketPod(serve));
  cluster.serve("web", [pod], isHttp2 ? H2C : {});
  gateway = await cluster.gateway(options);
  return pod;
}

function open(inbound: (typeof PROTOCOLS)[number], wish: Wish = {}): Promise<Opened> {
  if (inbound === "HTTP/1.1") return openOverHttp1(gateway.port, wish);
  session ??= http2Session(gateway.port);
  return openOverHttp2(session, wish);
}

function loads(): number[] {
  const service = cluster.store.get("Service", "shop", "web");
  const port = service?.spec.ports?.[0];
  if (service === undefined || port === undefined) return [];
  return cluster.balancer.portOf(service, port).table.all.map(({ load }) => load.active);
}

/** What comes next. */
async function next(socket: Duplex): Promise<string> {
  const data = once(socket, "data");
  socket.resume();
  return String((await data)[0]);
}

const closed = (socket: Duplex) =>
  new Promise<void>((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once("close", () => resolve());
  });

async function textOf(socket: Duplex): Promise<string> {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.resume();
  await once(socket, "end");
  return text;
}

/** Sends so many random bytes. @returns their hash. */
function pour(into: Duplex, length: number): string {
  const bytes = randomBytes(length);
  into.write(bytes);
  return createHash("sha256").update(bytes).digest("hex");
}

/** The hash of the next bytes, so many of them. */
function drawn(from: Duplex, length: number): Promise<string> {
  const hash = createHash("sha256");
  let got = 0;
  return new Promise((resolve) => {
    from.resume().on("data", (chunk: Buffer) => {
      hash.update(chunk);
      got += chunk.length;
      if (got === length) resolve(hash.digest("hex"));
    });
  });
}

const echo = ({ accept }: AskedSocket) => {
  const socket = accept();
  socket.pipe(socket);
};

describe.each(PROTOCOLS)("WebSockets of clients that speak %s", (inbound) => {
  describe.each(PROTOCOLS)("at pods that speak %s", (outbound) => {
    test("are asked for and given in the words of each side's protocol", async () => {
      const asked: AskedSocket[] = [];
      await start(outbound, (each) => {
        asked.push(each);
        const socket = each.accept({
          "sec-websocket-protocol": "chat.v2",
          "sec-websocket-extensions": "permessage-deflate",
        });
        socket.resume().on("end", () => socket.end());
      });
      const { status, headers, socket } = await open(inbound, {
        path: "/chat?room=1",
        headers: {
          origin: "http://web.shop",
          "sec-websocket-protocol": "chat.v1, chat.v2",
          "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
        },
      });
      expect(asked[0]).toMatchObject({
        path: "/chat?room=1",
        headers: {
          origin: "http://web.shop",
          "sec-websocket-version": "13",
          "sec-websocket-protocol": "chat.v1, chat.v2",
          "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
          "x-forwarded-for": "127.0.0.1",
        },
      });
      const told = asked[0]?.headers ?? {};
      if (outbound === "HTTP/1.1") {
        expect(told).toMatchObject({ host: "web.shop", upgrade: "websocket" });
        expect(Buffer.from(String(told["sec-websocket-key"]), "base64")).toHaveLength(16);
      } else {
        expect(told[":authority"]).toBe("web.shop");
        expect(told).not.toHaveProperty("sec-websocket-key");
      }
      expect(headers).toMatchObject({
        "sec-websocket-protocol": "chat.v2",
        "sec-websocket-extensions": "permessage-deflate",
      });
      if (inbound === "HTTP/1.1") {
        expect(status).toBe(101);
        expect(headers).toMatchObject({ connection: "Upgrade", upgrade: "websocket" });
        expect(headers["sec-websocket-accept"]).toBe(acceptOf(HTTP1_KEY));
      } else {
        expect(status).toBe(200);
        expect(headers).not.toHaveProperty("sec-websocket-accept");
        expect(headers).not.toHaveProperty("upgrade");
      }
      expect(loads()).toEqual([1]);
      socket.destroy();
      await vi.waitFor(() => expect(loads()).toEqual([0]), WAIT);
      expect(gateway.events).toMatchObject([
        {
          kind: "upgrade",
          protocol: inbound,
          method: "GET",
          path: "/chat?room=1",
          status: 101,
          pod: "pod-1",
          attempts: 1,
        },
      ]);
    });

    test("carry every byte both ways", async () => {
      await start(outbound, echo);
      const { socket } = await open(inbound);
      for (const length of [1, 125, 65_536, 3_000_000]) {
        const back = drawn(socket, length);
        expect(pour(socket, length)).toBe(await back);
        socket.removeAllListeners("data");
      }
      socket.resume().end();
      await closed(socket);
      await vi.waitFor(() => expect(gateway.events).toMatchObject([{ bytes: 3_065_662 }]), WAIT);
    });

    test("get what the client sent before the pod had answered", async () => {
      let answer: (() => void) | undefined;
      await start(outbound, (asked) => {
        answer = () => echo(asked);
      });
      const opening = open(inbound, { ahead: "early" });
      await vi.waitFor(() => expect(answer).toBeDefined(), WAIT);
      answer?.();
      const { socket } = await opening;
      expect(await next(socket)).toBe("early");
      socket.destroy();
    });

    test.each(["client", "pod"] as const)(
      "make a %s wait whose bytes nobody takes",
      async (who) => {
        const SIZE = 32_000_000;
        let pod: Duplex | undefined;
        await start(outbound, ({ accept }) => {
          pod = accept();
        });
        const { socket: client } = await open(inbound);
        await vi.waitFor(() => expect(pod).toBeDefined(), WAIT);
        const [from, to] = (who === "client" ? [client, pod] : [pod, client]) as [Duplex, Duplex];
        to.pause();
        let sent = 0;
        let before = -1;
        const part = Buffer.alloc(64_000, "x");
        // As much as goes without waiting, until nothing goes any more.
        const fill = () => {
          while (sent < SIZE && from.write(part)) sent += part.length;
          if (sent < SIZE) from.once("drain", fill);
        };
        fill();
        await vi.waitFor(
          () => {
            const moved = sent - before;
            before = sent;
            expect(moved).toBe(0);
          },
          { ...WAIT, interval: 500 },
        );
        expect(sent).toBeLessThan(SIZE);
        let got = 0;
        to.on("data", (chunk: Buffer) => {
          got += chunk.length;
        });
        to.resume();
        await vi.waitFor(() => expect(got).toBeGreaterThanOrEqual(SIZE), WAIT);
        client.destroy();
      },
    );

    test("keep a half open that has not ended", async () => {
      await start(outbound, ({ accept }) => {
        const socket = accept();
        void textOf(socket).then((text) => socket.end(`you said ${text}`));
      });
      const { socket } = await open(inbound);
      socket.end("all of it");
      expect(await textOf(socket)).toBe("you said all of it");
      await vi.waitFor(() => expect(loads()).toEqual([0]), WAIT);
    });

    test("pass on that the pod ends first", async () => {
      let heard: Promise<string> | undefined;
      await start(outbound, ({ accept }) => {
        const socket = accept();
        heard = textOf(socket);
        socket.end("bye");
      });
      const { socket } = await open(inbound);
      expect(await textOf(socket)).toBe("bye");
      socket.end("thanks");
      expect(await heard).toBe("thanks");
      await vi.waitFor(() => expect(loads()).toEqual([0]), WAIT);
    });

    test("end for the pod when the client breaks off", async () => {
      let gone: Promise<void> | undefined;
      await start(outbound, (asked) => {
        gone = asked.gone;
        asked.accept();
      });
      const { socket } = await open(inbound);
      if (socket instanceof net.Socket) socket.resetAndDestroy();
      else (socket as http2.ClientHttp2Stream).close(constants.NGHTTP2_CANCEL);
      await gone;
      await vi.waitFor(() => expect(loads()).toEqual([0]), WAIT);
    });

    test("end for the client when the pod is killed, as an error", async () => {
      const pod = await start(outbound, echo);
      const { socket } = await open(inbound);
      const broke = once(socket, inbound === "HTTP/1.1" ? "error" : "close");
      await pod.kill();
      await broke;
      if (!(socket instanceof net.Socket)) {
        expect((socket as http2.ClientHttp2Stream).rstCode).toBe(constants.NGHTTP2_CANCEL);
      }
      await vi.waitFor(() => expect(loads()).toEqual([0]), WAIT);
      expect(gateway.events).toMatchObject([{ kind: "upgrade", pod: "pod-1" }]);
    });

    test("end when nothing moves for streamIdleTime, and not before", async () => {
      let gone: Promise<void> | undefined;
      await start(
        outbound,
        (asked) => {
          gone = asked.gone;
          echo(asked);
        },
        { limits: { streamIdleTime: 3_000, responseTime: 500, stallTime: 500 } },
      );
      const { socket } = await open(inbound);
      for (let i = 0; i < 6; i++) {
        socket.write("x");
        await next(socket);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      socket.resume().once("end", () => socket.end());
      await Promise.all([closed(socket), gone]);
    });

    test("are no longer asked for when the client is gone", async () => {
      let gone: Promise<void> | undefined;
      await start(outbound, (asked) => {
        gone = asked.gone;
      });
      const opening = open(inbound).catch(() => {});
      await vi.waitFor(() => expect(gone).toBeDefined(), WAIT);
      if (inbound === "HTTP/2") session?.destroy();
      else await gateway.close(0);
      await Promise.all([gone, opening]);
      await vi.waitFor(() => expect(loads()).toEqual([0]), WAIT);
    });

    test("that a pod does not answer in time are refused", async () => {
      let gone: Promise<void> | undefined;
      await start(
        outbound,
        (asked) => {
          gone = asked.gone;
        },
        { limits: { responseTime: 300 } },
      );
      expect(await open(inbound)).toMatchObject({ status: 504 });
      await gone;
      expect(gateway.events).toMatchObject([{ kind: "request", status: 504, pod: "pod-1" }]);
    });

    test("that a pod refuses are refused in its words", async () => {
      await start(outbound, ({ refuse }) => refuse(403, "not you"));
      expect(await open(inbound)).toMatchObject({ status: 403, body: "not you" });
      // The session, or the gateway, has not suffered.
      expect(await open(inbound)).toMatchObject({ status: 403, body: "not you" });
      expect(gateway.events).toMatchObject([{ kind: "request", status: 403 }, { status: 403 }]);
    });

    test("that lead to no endpoint are refused", async () => {
      await start(outbound, echo);
      cluster.serve("web", [], outbound === "HTTP/2" ? H2C : {});
      expect(await open(inbound)).toMatchObject({ status: 503 });
    });

    test("live on while the gateway is being closed, until its grace is over", async () => {
      await start(outbound, echo);
      const { socket } = await open(inbound);
      const over = gateway.close(60_000);
      socket.write("still here");
      expect(await next(socket)).toBe("still here");
      socket.end();
      socket.resume();
      await over;
      expect(loads()).toEqual([0]);
    });
  });
});

const [FIN, COMPRESSED, TEXT] = [0x80, 0x40, 0x01];
const [MASKED, TWO_BYTES] = [0x80, 126];
const FLUSHED = Buffer.from([0, 0, 255, 255]);

/** A client's frame with a compressed message (RFC 7692 section 7.2.1), masked with zeros. */
function compressedText(text: string): Buffer {
  const all = deflateRawSync(text, { finishFlush: zlib.Z_SYNC_FLUSH });
  const bytes = all.subarray(0, all.length - FLUSHED.length);
  const head = Buffer.from([FIN | COMPRESSED | TEXT, MASKED | TWO_BYTES, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([head, bytes]);
}

function inflated(bytes: Buffer): string {
  const finishFlush = zlib.Z_SYNC_FLUSH;
  return inflateRawSync(Buffer.concat([bytes, FLUSHED]), { finishFlush }).toString();
}

/** Sends one request as frames, whatever it says. @returns the code that its stream is reset with. */
function frameByFrame(port: number, headers: Readonly<Record<string, string>>): Promise<number> {
  const client = net.connect({ host: "127.0.0.1", port });
  client.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  client.write(Buffer.concat([frame(4, 0, 0, Buffer.alloc(0)), headersFrame(1, headers)]));
  let input = Buffer.alloc(0);
  return new Promise((resolve) => {
    client.on("data", (chunk) => {
      input = Buffer.concat([input, chunk]);
      while (input.length >= 9 && input.length >= 9 + input.readUIntBE(0, 3)) {
        const length = 9 + input.readUIntBE(0, 3);
        if (input[3] === RST_STREAM) {
          resolve(input.readUInt32BE(9));
          client.destroy();
        }
        input = input.subarray(length);
      }
    });
  });
}

describe("WebSockets over HTTP/2", () => {
  test("are compressed by client and pod as they agree, at a pod that knows nothing of HTTP/2", async () => {
    const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 } });
    sockets.on("connection", (socket) =>
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })),
    );
    const server = http.createServer();
    server.on("upgrade", (req, socket, head) =>
      sockets.handleUpgrade(req, socket, head, (each) => sockets.emit("connection", each)),
    );
    cluster.serve("web", [await cluster.pod(server)]);
    gateway = await cluster.gateway();
    const { headers, socket } = await open("HTTP/2", {
      headers: {
        "sec-websocket-extensions":
          "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
      },
    });
    expect(headers["sec-websocket-extensions"]).toContain("permessage-deflate");
    const message = "the same again, ".repeat(3_000);
    socket.write(compressedText(message));
    let input = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      input = Buffer.concat([input, chunk]);
    });
    // A short frame: what is left of 48,000 bytes.
    await vi.waitFor(
      () => expect(input.length).toBe(4 + (input[3] ?? 0) + 256 * (input[2] ?? 0)),
      WAIT,
    );
    expect(input[0]).toBe(FIN | COMPRESSED | TEXT);
    expect(inflated(input.subarray(4))).toBe(message);
    socket.destroy();
  });

  test("200 of them share a connection, and none waits for another", async () => {
    await start("HTTP/1.1", echo);
    const all = await Promise.all(Array.from({ length: 200 }, () => open("HTTP/2")));
    // One whose client takes nothing holds up nobody else.
    const [silent, ...others] = all;
    silent?.socket.pause();
    silent?.socket.write(Buffer.alloc(4_000_000));
    await Promise.all(
      others.map(async ({ socket }) => {
        const back = drawn(socket, 50_000);
        expect(pour(socket, 50_000)).toBe(await back);
      }),
    );
    expect(loads()).toEqual([200]);
    session?.destroy();
    await vi.waitFor(() => expect(loads()).toEqual([0]), WAIT);
    expect(gateway.events).toHaveLength(200);
  });

  test("are balanced one by one, and those of a killed pod end alone", async () => {
    const pods = [];
    for (let i = 0; i < 2; i++) pods.push(await cluster.pod(http1SocketPod(echo)));
    cluster.serve("web", pods);
    gateway = await cluster.gateway();
    const all = await Promise.all(Array.from({ length: 20 }, () => open("HTTP/2")));
    const [busy = 0, other = 0] = loads();
    expect(busy + other).toBe(20);
    expect(Math.min(busy, other)).toBeGreaterThan(0);
    await pods[0]?.kill();
    await vi.waitFor(() => expect(loads()[0]).toBe(0), WAIT);
    const alive = all.filter(({ socket }) => !socket.destroyed);
    await vi.waitFor(
      () => expect(all.filter(({ socket }) => socket.destroyed)).toHaveLength(busy),
      WAIT,
    );
    for (const { socket } of alive.filter((each) => !each.socket.destroyed)) {
      socket.write("alive");
      expect(await next(socket)).toBe("alive");
    }
  });

  test("that a pod answers without switching are none", async () => {
    const server = http.createServer((_req, res) => res.end("a page"));
    server.on("upgrade", (_req, socket) =>
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\na page"),
    );
    cluster.serve("web", [await cluster.pod(server)]);
    gateway = await cluster.gateway();
    const answer = await open("HTTP/2");
    expect(answer).toMatchObject({ status: 502 });
    expect(answer.body).toContain("answered 200 without switching");
  });

  test("whose key a pod answers wrongly are none", async () => {
    let gone: Promise<void> | undefined;
    const server = http1SocketPod(
      (asked) => {
        gone = asked.gone;
        asked.accept();
      },
      () => acceptOf("another"),
    );
    cluster.serve("web", [await cluster.pod(server)]);
    gateway = await cluster.gateway();
    const answer = await open("HTTP/2");
    expect(answer).toMatchObject({ status: 502 });
    expect(answer.body).toContain("Sec-WebSocket-Accept");
    await gone;
    expect(loads()).toEqual([0]);
  });

  test.each(PROTOCOLS)("are not asked of a pod that takes none, by %s", async (inbound) => {
    const server = http2.createServer();
    let asked = 0;
    server.on("stream", () => asked++);
    cluster.serve("web", [await cluster.pod(server)], H2C);
    gateway = await cluster.gateway();
    const answer = await open(inbound);
    expect(answer).toMatchObject({ status: 502 });
    expect(answer.body).toContain("takes no WebSockets over HTTP/2");
    expect(asked).toBe(0);
    expect(loads()).toEqual([0]);
  });

  test("have a key of the gateway's, or the client's where it has one and wants an answer to it", async () => {
    const keys: unknown[] = [];
    await start("HTTP/1.1", (asked) => {
      keys.push(asked.headers["sec-websocket-key"]);
      echo(asked);
    });
    const accepts: unknown[] = [];
    for (const key of [undefined, undefined, HTTP1_KEY]) {
      const headers = key === undefined ? {} : { "sec-websocket-key": key };
      accepts.push((await open("HTTP/2", { headers })).headers["sec-websocket-accept"]);
    }
    expect(new Set(keys)).toHaveProperty("size", 3);
    expect(keys[2]).toBe(HTTP1_KEY);
    expect(accepts).toEqual([undefined, undefined, acceptOf(HTTP1_KEY)]);
  });

  const CONNECT = {
    ":method": "CONNECT",
    ":scheme": "http",
    ":authority": "web.shop",
    ":path": "/",
  };
  test.each([
    ["of another method", { ...CONNECT, ":method": "GET", ":protocol": "websocket" }],
    ["with a body's length", { ...CONNECT, ":protocol": "websocket", "content-length": "0" }],
    ["with Upgrade", { ...CONNECT, ":protocol": "websocket", upgrade: "websocket" }],
  ])("are malformed in a request %s", async (_what, headers) => {
    let asked = 0;
    await start("HTTP/1.1", () => asked++);
    const code = await frameByFrame(gateway.port, headers);
    expect(code).toBe(constants.NGHTTP2_PROTOCOL_ERROR);
    expect(asked).toBe(0);
    expect(gateway.events).toMatchObject([{ refusal: { code: "bad-request" } }]);
  });

  test.each([":path", ":scheme"])("are malformed without a %s", async (name) => {
    await start("HTTP/1.1", echo);
    const headers = { ...CONNECT, ":protocol": "websocket" };
    delete (headers as Record<string, string>)[name];
    expect(await frameByFrame(gateway.port, headers)).toBe(constants.NGHTTP2_PROTOCOL_ERROR);
  });

  test("are the only protocol that extended CONNECT is taken for", async () => {
    await start("HTTP/1.1", echo);
    const opened = await open("HTTP/2", { headers: { ":protocol": "connect-udp" } });
    expect(opened).toMatchObject({ status: 501 });
    expect(opened.body).toContain('not "connect-udp"');
    expect(gateway.events).toMatchObject([{ status: 501, protocol: "HTTP/2" }]);
  });
});

describe("upgrades over HTTP/1.1 at pods that speak HTTP/2", () => {
  test.each([
    ["to another protocol", { upgrade: "chat" }, 501],
    ["without a key", { "sec-websocket-key": "" }, 400],
  ])("%s are refused", async (_what, headers, status) => {
    await start("HTTP/2", echo);
    expect(await open("HTTP/1.1", { headers })).toMatchObject({ status });
  });
});
