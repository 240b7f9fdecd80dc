import { once } from "node:events";
import http from "node:http";
import http2, { type ClientHttp2Session, type OutgoingHttpHeaders } from "node:http2";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestCluster, type TestGateway } from "./cluster.ts";
import { dataFrame, END_STREAM, frame, framesServer, headersFrame } from "./frames.ts";
import { askOver, http2Session } from "./http2-client.ts";

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

const ask = (headers: OutgoingHttpHeaders = {}) => askOver(session, headers);

/** Sends its body only once it was asked to. */
async function askWithExpect(): Promise<string> {
  const stream = session.request({
    ":authority": "web.shop",
    ":method": "POST",
    expect: "100-continue",
    "x-forwarded-for": ["192.0.2.1", "192.0.2.2"],
  });
  await once(stream, "continue");
  stream.end("hello");
  let body = "";
  for await (const chunk of stream.setEncoding("utf8")) body += chunk;
  return body;
}

const FLOOD = 1_000;
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n`;
const WHOLE = "Content-Length: 2\r\n\r\nok";

describe("an HTTP/2 client of an HTTP/1.1 pod", () => {
  /** A pod that answers every request with these bytes. */
  async function serve(answer: string): Promise<void> {
    const server = net.createServer((socket) => {
      socket.on("data", () => socket.write(answer, "latin1"));
    });
    cluster.serve("web", [await cluster.pod(server)]);
  }

  test.each([
    ["two Date", "Date: a\r\nDate: b\r\n", { date: "a" }],
    [
      "two X-Content-Type-Options",
      "X-Content-Type-Options: nosniff\r\nX-Content-Type-Options: nosniff\r\n",
      { "x-content-type-options": "nosniff" },
    ],
    ["three ETag", "ETag: a\r\nETag: b\r\nETag: c\r\n", { etag: "a" }],
    ["two Content-Type", "Content-Type: a/b\r\nContent-Type: c/d\r\n", { "content-type": "a/b" }],
    ["HTTP2-Settings", "HTTP2-Settings: x\r\n", {}],
    ["TE", "TE: gzip\r\n", {}],
    ["Upgrade", "Upgrade: x\r\n", {}],
    ["blanks and U+00A0 around a value", "X-A: \t\xa0y\xa0 \r\n", { "x-a": "\xa0y\xa0" }],
    ["two of its own", "X-A: 1\r\nX-A: 2\r\n", { "x-a": "1, 2" }],
  ])("gets an answer with %s, in head, interim answer and trailers", async (_name, lines, kept) => {
    await serve(`HTTP/1.1 103 Early Hints\r\n${lines}\r\n${OK}${lines}${WHOLE}`);
    const answer = await ask();
    expect(answer).toMatchObject({ headers: { ":status": 200, ...kept }, body: "ok" });
    expect(answer.interim).toMatchObject([{ ":status": 103, ...kept }]);
    for (const got of [answer.headers, ...answer.interim]) {
      for (const name of ["http2-settings", "te", "upgrade"]) expect(got).not.toHaveProperty(name);
    }
    await serve(`${CHUNKED}${lines.replace("TE: gzip", "X-B: 1")}\r\n`);
    expect(await ask()).toMatchObject({ headers: { ":status": 200 }, body: "ok", trailers: kept });
    expect(session.destroyed).toBe(false);
  });

  test.each([
    ["204", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204],
    ["205 with a body", `HTTP/1.1 205 Reset Content\r\n${WHOLE}`, 205],
    [
      "205 with chunks",
      "HTTP/1.1 205 R\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      205,
    ],
  ])("gets no Content-Length where there is no content: %s", async (_name, text, status) => {
    await serve(`HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n${text}`);
    const answer = await ask();
    expect(answer).toMatchObject({ headers: { ":status": status }, body: "", error: undefined });
    expect(answer.interim).toHaveLength(1);
    for (const got of [answer.headers, ...answer.interim]) {
      expect(got).not.toHaveProperty("content-length");
      expect(got).not.toHaveProperty("transfer-encoding");
    }
  });

  test("gets a 502 in place of a flood of interim answers", async () => {
    await serve("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(FLOOD));
    const answer = await ask();
    expect(answer.headers[":status"]).toBe(502);
    expect(answer.body).toContain("more than 100 interim answers");
    expect(answer.interim).toHaveLength(100);
  });

  test("waits for the pod's 100 Continue, and is passed on with every X-Forwarded-For", async () => {
    const server = http.createServer();
    server.on("checkContinue", (req, res) => {
      res.writeContinue();
      req.on("data", (chunk) => res.end(`${chunk} ${req.headers["x-forwarded-for"]}`));
    });
    cluster.serve("web", [await cluster.pod(server)]);
    expect(await askWithExpect()).toBe("hello 192.0.2.1, 192.0.2.2, 127.0.0.1");
  });

  test.each([600, 999])("gets a 502 for the status %i, and the next answer", async (status) => {
    await serve(`HTTP/1.1 ${status} Odd\r\n${WHOLE}`);
    const answer = await ask();
    expect(answer.headers[":status"]).toBe(502);
    expect(answer.body).toContain(`status ${status}`);
    expect(gateway.events).toMatchObject([{ status: 502, refusal: { code: "upstream-failed" } }]);
    await serve(`${OK}${WHOLE}`);
    expect((await ask()).body).toBe("ok");
  });
});

const H2C = { spec: { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] } };

describe("an HTTP/2 client of an HTTP/2 pod", () => {
  test("gets no Content-Length where there is no content", async () => {
    // node's own side of HTTP/2 refuses it in the others.
    await serve((id) => [
      headersFrame(id, { ":status": "205", "content-length": "2" }),
      dataFrame(id, "ok", END_STREAM),
    ]);
    const answer = await ask();
    expect(answer).toMatchObject({ headers: { ":status": 205 }, body: "", error: undefined });
    expect(answer.headers).not.toHaveProperty("content-length");
  });

  test("gets a 502 in place of a flood of interim answers", async () => {
    await serve((id) => Array(FLOOD).fill(headersFrame(id, { ":status": "103" })));
    const answer = await ask();
    expect(answer.headers[":status"]).toBe(502);
    expect(answer.body).toContain("more than 100 interim answers");
    expect(answer.interim).toHaveLength(100);
  });

  test("waits for the pod's 100 Continue, and is passed on with every X-Forwarded-For", async () => {
    const server = http2.createServer();
    server.on("stream", (stream, headers) => {
      expect(headers["expect"]).toBe("100-continue");
      stream.additionalHeaders({ ":status": 100 });
      stream.on("data", (chunk) => {
        stream.respond({ ":status": 200 });
        stream.end(`${chunk} ${headers["x-forwarded-for"]}`);
      });
    });
    cluster.serve("web", [await cluster.pod(server)], H2C);
    expect(await askWithExpect()).toBe("hello 192.0.2.1, 192.0.2.2, 127.0.0.1");
  });

  async function serve(answer: (id: number) => readonly Buffer[]): Promise<void> {
    cluster.serve("web", [await cluster.pod(framesServer(answer))], H2C);
  }

  test.each([
    ["099", END_STREAM],
    ["600", 0],
    ["999", 0],
  ])("gets a 502 for the status %s, and the next answer", async (status, flags) => {
    await serve((id) => [
      headersFrame(id, { ":status": status }, flags),
      ...(flags === 0 ? [dataFrame(id, "ok", END_STREAM)] : []),
    ]);
    const answer = await ask();
    expect(answer.headers[":status"]).toBe(502);
    expect(answer.body).toContain(`status ${Number(status)}`);
    expect(gateway.events).toMatchObject([{ status: 502, refusal: { code: "upstream-failed" } }]);
    await serve((id) => [headersFrame(id, { ":status": "204" }, END_STREAM)]);
    expect((await ask()).headers[":status"]).toBe(204);
  });

  test("gets no HTTP2-Settings, in head, interim answer or trailers", async () => {
    const odd = { "http2-settings": "x", "x-a": "1" };
    await serve((id) => [
      headersFrame(id, { ":status": "103", ...odd }),
      headersFrame(id, { ":status": "200", ...odd }),
      dataFrame(id, "ok"),
      headersFrame(id, odd, END_STREAM),
    ]);
    const answer = await ask();
    expect(answer.body).toBe("ok");
    expect(answer.interim).toHaveLength(1);
    for (const got of [answer.headers, answer.trailers, ...answer.interim]) {
      expect(got["x-a"]).toBe("1");
      expect(got).not.toHaveProperty("http2-settings");
    }
  });
});

describe("an HTTP/2 pod whose answer is malformed", () => {
  const head = (id: number, more: Record<string, string>) =>
    headersFrame(id, { ":status": "200", ...more });
  const text = (id: number) => dataFrame(id, "ok", END_STREAM);

  test.each<[string, (id: number) => Buffer[], RegExp]>([
    ["no status", (id) => [headersFrame(id, { a: "b" }), text(id)], /no :status/],
    ["a status of four digits", (id) => [head(id, { ":status": "2000" }), text(id)], /:status/],
    ["a pseudo-field of requests", (id) => [head(id, { ":path": "/" }), text(id)], /:path/],
    ["a name in upper case", (id) => [head(id, { "X-A": "b" }), text(id)], /X-A/],
    ["a line break in a value", (id) => [head(id, { a: "b\r\nc: d" }), text(id)], /value of a/],
    ["a field of connections", (id) => [head(id, { connection: "close" }), text(id)], /connection/],
    ["two lengths", (id) => [head(id, { "content-length": "2, 2" }), text(id)], /content-length/],
    [
      "an interim answer that is the last",
      (id) => [headersFrame(id, { ":status": "103" }, END_STREAM)],
      /interim/,
    ],
    [
      "no content where some was announced",
      (id) => [headersFrame(id, { ":status": "200", "content-length": "2" }, END_STREAM)],
      /less content/,
    ],
    ["a head that is too long", (id) => [head(id, { a: "b".repeat(9_000) }), text(id)], /too long/],
  ])("%s: 502, and the next answer is passed on", async (_what, answer, reason) => {
    cluster = new TestCluster();
    gateway = await cluster.gateway({ limits: { headBytes: 8 * 1024 } });
    session = http2Session(gateway.port);
    let asked = 0;
    const good = (id: number) => [headersFrame(id, { ":status": "200" }), text(id)];
    const server = framesServer((id) => (asked++ === 0 ? answer(id) : good(id)));
    cluster.serve("web", [await cluster.pod(server)], H2C);
    const odd = await ask();
    expect(odd.headers[":status"]).toBe(502);
    expect(odd.body).toMatch(reason);
    expect((await ask()).body).toBe("ok");
    expect(asked).toBe(2);
  });

  test.each<[string, (id: number) => Buffer[]]>([
    ["more content than announced", (id) => [head(id, { "content-length": "1" }), text(id)]],
    ["less content than announced", (id) => [head(id, { "content-length": "3" }), text(id)]],
    [
      "trailers with a pseudo-field",
      (id) => [
        head(id, {}),
        dataFrame(id, "ok"),
        headersFrame(id, { ":status": "200" }, END_STREAM),
      ],
    ],
  ])("%s: the stream is reset", async (_what, answer) => {
    cluster.serve("web", [await cluster.pod(framesServer(answer))], H2C);
    const { error } = await ask();
    expect(error).toMatchObject({ code: "ERR_HTTP2_STREAM_ERROR" });
    expect(gateway.events).toMatchObject([{ status: 200, aborted: "endpoint" }]);
  });
});

describe("an HTTP/2 pod that resets its stream without an error", () => {
  const reset = (id: number) => frame(3, 0, id, Buffer.alloc(4));

  test.each<[string, (id: number) => Buffer[], object]>([
    [
      "after a whole answer",
      (id) => [headersFrame(id, { ":status": "200" }), dataFrame(id, "ok", END_STREAM), reset(id)],
      { headers: { ":status": 200 }, body: "ok", error: undefined },
    ],
    [
      "in place of its end",
      (id) => [headersFrame(id, { ":status": "200" }), dataFrame(id, "ok"), reset(id)],
      { headers: { ":status": 200 }, body: "ok", error: undefined },
    ],
    [
      "before all that was announced",
      (id) => [
        headersFrame(id, { ":status": "200", "content-length": "3" }),
        dataFrame(id, "ok"),
        reset(id),
      ],
      { error: { code: "ERR_HTTP2_STREAM_ERROR" } },
    ],
    ["before an answer", (id) => [reset(id)], { headers: { ":status": 502 } }],
  ])("%s", async (_when, answer, expected) => {
    cluster.serve("web", [await cluster.pod(framesServer(answer))], H2C);
    expect(await ask()).toMatchObject(expected);
  });
});

describe("an HTTP/2 client whose request is malformed", () => {
  test("is reset, no pod hears of it, and it is told", async () => {
    let asked = 0;
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end(`${++asked}`))]);
    const socket = net.connect(gateway.port, "127.0.0.1");
    const request = { ":method": "GET", ":scheme": "http", ":path": "/", ":authority": "web.shop" };
    socket.write(
      Buffer.concat([
        Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        frame(4, 0, 0, Buffer.alloc(0)),
        headersFrame(1, { ...request, "X-A": "b" }, END_STREAM),
        headersFrame(3, { ...request, "transfer-encoding": "chunked" }),
        dataFrame(3, "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", END_STREAM),
        headersFrame(5, request, END_STREAM),
      ]),
    );
    let got = Buffer.alloc(0);
    for await (const chunk of socket) {
      got = Buffer.concat([got, chunk]);
      if (got.includes(dataFrame(5, "1", END_STREAM))) break;
    }
    const reset = (id: number) => frame(3, 0, id, Buffer.from([0, 0, 0, 1]));
    expect([1, 3].map((id) => got.includes(reset(id)))).toEqual([true, true]);
    expect(asked).toBe(1);
    expect(gateway.events.slice(0, 2)).toMatchObject([
      { refusal: { code: "bad-request", reason: 'a malformed request: a field name "X-A"' } },
      { refusal: { code: "bad-request" } },
    ]);
  });
});
