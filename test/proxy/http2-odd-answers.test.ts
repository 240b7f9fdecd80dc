import { once } from "node:events";
import http from "node:http";
import http2, {
  type ClientHttp2Session,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sendHeaders } from "../../src/proxy/http2/send-headers.ts";
import { TestCluster, type TestGateway } from "./cluster.ts";
import { dataFrame, END_STREAM, framesServer, headersFrame } from "./frames.ts";
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

describe("headers that node refuses", () => {
  // Not as node's types have it.
  const twice = { date: ["a", "b"] } as unknown as OutgoingHttpHeaders;

  test.each([
    [
      "head",
      (stream: ServerHttp2Stream, seen: (error: Error) => void) =>
        sendHeaders(stream, "respond", { ":status": 200, ...twice }, seen),
    ],
    [
      "interim answer",
      (stream: ServerHttp2Stream, seen: (error: Error) => void) =>
        sendHeaders(stream, "additionalHeaders", { ":status": 103, ...twice }, seen),
    ],
    [
      "trailers",
      (stream: ServerHttp2Stream, seen: (error: Error) => void) => {
        stream.on("wantTrailers", () => sendHeaders(stream, "sendTrailers", twice, seen));
        stream.respond({ ":status": 200 }, { waitForTrailers: true });
        stream.end("ok");
      },
    ],
  ] as const)("as a %s end their stream alone", async (_name, send) => {
    const errors: unknown[] = [];
    const server = http2.createServer();
    server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      if (headers[":path"] === "/odd") send(stream, (error) => errors.push(error));
      else stream.respond({ ":status": 204 }, { endStream: true });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const client = http2.connect(`http://127.0.0.1:${port}`);
    const odd = client.request({ ":path": "/odd" });
    odd.on("error", () => {});
    odd.resume();
    await new Promise((resolve) => odd.once("close", resolve));
    expect(odd.rstCode).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR);
    expect(errors).toMatchObject([{ code: "ERR_HTTP2_HEADER_SINGLE_VALUE" }]);
    const [next] = await once(client.request({ ":path": "/" }), "response");
    expect(next[":status"]).toBe(204);
    client.destroy();
    server.close();
  });
});
