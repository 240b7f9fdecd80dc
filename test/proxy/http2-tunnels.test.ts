import { once } from "node:events";
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { raw, TestCluster, type TestGateway } from "./cluster.ts";
import { frame, headersFrame } from "./frames.ts";
import { askOver, http2Session } from "./http2-client.ts";

const CONNECT_ERROR = 0xa;

let cluster: TestCluster;
let gateway: TestGateway;
let session: ClientHttp2Session;

beforeEach(async () => {
  cluster = new TestCluster();
  gateway = await cluster.gateway();
  session = http2Session(gateway.port);
});

afterEach(async () => {
  session.destroy();
  await cluster[Symbol.asyncDispose]();
});

/** A Service `db` with one pod that does this with each connection. */
async function serve(accept: (socket: net.Socket) => void, spec: object = {}) {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    accept(socket);
  });
  const pod = await cluster.pod(server);
  cluster.serve("db", [pod], { spec: { ports: [{ port: 5432 }], ...spec } });
  return pod;
}

function connect(authority = "db.shop:5432"): ClientHttp2Stream {
  const stream = session.request({ ":method": "CONNECT", ":authority": authority });
  return stream.on("error", () => {});
}

const statusOf = async (stream: ClientHttp2Stream) =>
  ((await once(stream, "response"))[0] as { ":status": number })[":status"];

/** However it came about. */
const closed = (it: NodeJS.EventEmitter) => new Promise((resolve) => it.once("close", resolve));

async function textOf(stream: ClientHttp2Stream): Promise<string> {
  let text = "";
  for await (const part of stream) text += part;
  return text;
}

describe("CONNECT over HTTP/2", () => {
  test("carries bytes both ways, those that were sent before the answer too", async () => {
    await serve((socket) => socket.pipe(socket));
    const stream = connect();
    stream.write("ahead ");
    expect(await statusOf(stream)).toBe(200);
    stream.end("behind");
    expect(await textOf(stream)).toBe("ahead behind");
    await expect.poll(() => gateway.events).toHaveLength(1);
    expect(gateway.events[0]).toMatchObject({
      kind: "tunnel",
      protocol: "CONNECT",
      client: "127.0.0.1",
      method: "CONNECT",
      host: "db.shop:5432",
      service: { namespace: "shop" },
      pod: "pod-1",
      attempts: 1,
      bytes: "ahead behind".length,
    });
  });

  test("carries more than the windows hold, unchanged, beside other streams", async () => {
    await serve((socket) => socket.pipe(socket));
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("ok"))]);
    const sent = Buffer.alloc(3_000_000, "0123456789");
    const stream = connect();
    expect(await statusOf(stream)).toBe(200);
    stream.end(sent);
    const parts: Buffer[] = [];
    stream.on("data", (part) => parts.push(part));
    expect((await askOver(session, {})).body).toBe("ok");
    await once(stream, "end");
    expect(Buffer.concat(parts).equals(sent)).toBe(true);
  });

  test("keeps each direction's end by itself", async () => {
    await serve((socket) => socket.resume().on("end", () => socket.end("all was read")));
    const stream = connect();
    stream.end("the question");
    expect(await textOf(stream)).toBe("all was read");
  });

  test("tells a pod who asks for it, as over HTTP/1.1", async () => {
    const heads: string[] = [];
    const pod = await cluster.pod(
      net.createServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", (bytes) => {
          heads.push(String(bytes).replace(/ \d+ \d+\r\n[\s\S]*$/, ""));
          socket.end();
        });
      }),
    );
    const put = cluster.serve("db", [pod], { spec: { ports: [{ port: 5432 }] } });
    const annotations = { "kubelane.dev/proxy-protocol": "v1" };
    cluster.store.apply([
      { op: "put", object: { ...put, metadata: { ...put.metadata, annotations } } },
    ]);
    const stream = connect().resume();
    await once(stream, "end");
    await raw(gateway.port, "CONNECT db.shop:5432 HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(heads).toEqual(Array(2).fill("PROXY TCP4 127.0.0.1 127.0.0.1"));
  });

  test("says why there is no tunnel, and the connection goes on", async () => {
    cluster.serve("db", [], { spec: { ports: [{ port: 5432 }] } });
    const stream = connect();
    expect(await statusOf(stream)).toBe(503);
    expect(await textOf(stream)).toContain("shop/db");
    expect(gateway.events).toMatchObject([{ kind: "tunnel", refusal: { status: 503 } }]);
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("ok"))]);
    expect((await askOver(session, {})).body).toBe("ok");
  });

  test("goes to another pod when one can't be connected to", async () => {
    const echo = () => cluster.pod(net.createServer((socket) => socket.pipe(socket)));
    const pods = [await echo(), await echo()];
    cluster.serve("db", pods, { spec: { ports: [{ port: 5432 }] } });
    await pods[0]?.kill();
    for (let i = 0; i < 6; i++) {
      const stream = connect();
      stream.end("x");
      expect(await textOf(stream)).toBe("x");
    }
  });

  test("passes a pod's reset on as CONNECT_ERROR", async () => {
    await serve((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const stream = connect();
    expect(await statusOf(stream)).toBe(200);
    stream.write("x");
    await closed(stream);
    expect(stream.rstCode).toBe(CONNECT_ERROR);
  });

  // By frames: node:http2 never returns from closing a CONNECT stream that was not ended.
  test.each([
    [
      "resets the stream",
      (client: net.Socket) => client.write(frame(3, 0, 1, Buffer.from([0, 0, 0, 8]))),
    ],
    ["is gone", (client: net.Socket) => client.destroy()],
  ])("leaves the pod when the client %s", async (_what, leave) => {
    const sockets: net.Socket[] = [];
    await serve((socket) => sockets.push(socket.resume()));
    const client = net.connect({ port: gateway.port, host: "127.0.0.1" });
    client.resume().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    client.write(frame(4, 0, 0, Buffer.alloc(0)));
    client.write(headersFrame(1, { ":method": "CONNECT", ":authority": "db.shop:5432" }));
    await expect.poll(() => sockets.length).toBe(1);
    const gone = closed(sockets[0] as net.Socket);
    leave(client);
    await gone;
    await expect.poll(() => gateway.events).toHaveLength(1);
    client.destroy();
  });

  test("is malformed with a body's length, which pods would not see", async () => {
    await serve((socket) => socket.pipe(socket));
    const stream = session.request({
      ":method": "CONNECT",
      ":authority": "db.shop:5432",
      "content-length": 1,
    });
    stream.on("error", () => {});
    await closed(stream);
    expect(stream.rstCode).toBe(1);
  });
});
