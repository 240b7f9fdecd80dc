import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestCluster, type TestGateway } from "./cluster.ts";

/** A lenient backend: what it read, byte for byte, and which requests it saw in that. */
class Recorder {
  received = "";
  requests: string[] = [];

  readonly server = net.createServer((socket) => {
    socket.setEncoding("latin1");
    let pending = "";
    socket.on("data", (text: string) => {
      this.received += text;
      pending += text;
      for (let end = messageEnd(pending); end > 0; end = messageEnd(pending)) {
        const line = pending.slice(0, pending.indexOf("\r\n"));
        this.requests.push(line.replace(/ HTTP.*/, ""));
        pending = pending.slice(end);
        const body = line.startsWith("HEAD") ? "" : "ok";
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${body}`);
      }
    });
  });

  clear(): void {
    this.received = "";
    this.requests = [];
  }
}

/** Where the first message ends; 0 while it isn't complete. */
function messageEnd(text: string): number {
  const head = text.indexOf("\r\n\r\n") + 4;
  if (head < 4) return 0;
  const fields = text.slice(0, head);
  if (/\r\ntransfer-encoding:\s*chunked\r\n/i.test(fields)) {
    const end = /\r\n0\r\n(?:[^\r]+\r\n)*\r\n/.exec(text.slice(head - 2));
    return end === null ? 0 : head - 2 + end.index + end[0].length;
  }
  const length = Number(/\r\ncontent-length:\s*(\d+)\r\n/i.exec(fields)?.[1] ?? 0);
  return text.length >= head + length ? head + length : 0;
}

type Verdict = "refused" | "forwarded";
interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly verdict: Verdict;
  readonly seen: RegExp;
}
type Row = readonly [name: string, request: string, verdict: Verdict, seen?: RegExp];

const STATUS = /HTTP\/1\.1 \d{3} /g;
const H = "Host: web.shop\r\n";
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: web.shop\r\n\r\n";

/**
 * `refused`: the client gets an error or a closed connection, and nothing of the request reaches a backend as a
 * request of its own. `forwarded`: exactly one request reaches the backend, matching `seen`.
 */
const ROWS: readonly Row[] = [
  // Framing that two parsers read differently.
  [
    "Content-Length with Transfer-Encoding",
    `POST / HTTP/1.1\r\n${H}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX`,
    "refused",
  ],
  [
    "Transfer-Encoding with Content-Length",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "two different Content-Lengths",
    `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
    "refused",
  ],
  [
    "two equal Content-Lengths",
    `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
    "refused",
  ],
  [
    "a list of Content-Lengths",
    `POST / HTTP/1.1\r\n${H}Content-Length: 5, 5\r\n\r\nhello`,
    "refused",
  ],
  ["a negative Content-Length", `POST / HTTP/1.1\r\n${H}Content-Length: -1\r\n\r\n`, "refused"],
  ["a signed Content-Length", `POST / HTTP/1.1\r\n${H}Content-Length: +5\r\n\r\nhello`, "refused"],
  [
    "a hexadecimal Content-Length",
    `POST / HTTP/1.1\r\n${H}Content-Length: 0x5\r\n\r\nhello`,
    "refused",
  ],
  [
    "a Content-Length with a blank inside",
    `POST / HTTP/1.1\r\n${H}Content-Length: 1 1\r\n\r\nhello world`,
    "refused",
  ],
  [
    "U+00A0 before a Content-Length",
    `POST / HTTP/1.1\r\n${H}Content-Length: \xa042\r\n\r\n${SMUGGLED}`,
    "refused",
  ],
  [
    "U+00A0 after a Content-Length",
    `POST / HTTP/1.1\r\n${H}Content-Length: 42\xa0\r\n\r\n${SMUGGLED}`,
    "refused",
  ],
  [
    "U+00A0 before chunked",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    "refused",
  ],
  ["U+00A0 before a Host", "GET / HTTP/1.1\r\nHost: \xa0web.shop\r\n\r\n", "refused"],
  ["an empty Content-Length", `POST / HTTP/1.1\r\n${H}Content-Length: \r\n\r\nhello`, "refused"],
  [
    "a Content-Length beyond 64 bits",
    `POST / HTTP/1.1\r\n${H}Content-Length: 99999999999999999999\r\n\r\n`,
    "refused",
  ],
  [
    "a fractional Content-Length",
    `POST / HTTP/1.1\r\n${H}Content-Length: 5.0\r\n\r\nhello`,
    "refused",
  ],
  [
    "an underscore in Content-Length",
    `POST / HTTP/1.1\r\n${H}Content-Length: 1_0\r\n\r\nhelloworld`,
    "refused",
  ],
  [
    "two Transfer-Encodings",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "Transfer-Encoding identity, chunked",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "Transfer-Encoding chunked, identity",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "Transfer-Encoding gzip, chunked",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "Transfer-Encoding xchunked",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "Transfer-Encoding quoted",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "Transfer-Encoding with a vertical tab",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "Transfer-Encoding chunked with a parameter",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  ["an empty Transfer-Encoding", `POST / HTTP/1.1\r\n${H}Transfer-Encoding: \r\n\r\n`, "refused"],
  [
    "Transfer-Encoding in HTTP/1.0",
    `POST / HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a blank before the colon of Transfer-Encoding",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a tab before the colon of Content-Length",
    `POST / HTTP/1.1\r\n${H}Content-Length\t: 5\r\n\r\nhello`,
    "refused",
  ],
  [
    "a folded Transfer-Encoding",
    `POST / HTTP/1.1\r\n${H}X: y\r\n Transfer-Encoding: chunked\r\n\r\n`,
    "refused",
  ],
  ["a folded value with a tab", `GET / HTTP/1.1\r\n${H}X: y\r\n\tz\r\n\r\n`, "refused"],
  ["a folded Host", `GET / HTTP/1.1\r\nHost:\r\n web.shop\r\n\r\n`, "refused"],
  // Chunks.
  [
    "a chunk size with a sign",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a chunk size with 0x",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a chunk size with a leading blank",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a chunk size of 20 digits",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffff5\r\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a chunk size that is no number",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\ng\r\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "an empty chunk size",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a bare LF after a chunk size",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a bare CR after a chunk size",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5\rhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a bare LF after a chunk's data",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a chunk longer than its size",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a bare LF in a chunk extension",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5;a\nb\r\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a bare CR in a chunk extension",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5;a\rX\r\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a chunk extension of 100,000 bytes",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5;${"a".repeat(100_000)}\r\nhello\r\n0\r\n\r\n`,
    "refused",
  ],
  [
    "a bare LF after the last chunk",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\n\n${SMUGGLED}`,
    "refused",
  ],
  [
    "chunks",
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    "forwarded",
    /\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/,
  ],
  [
    "chunks, coding in capitals",
    `POST / HTTP/1.1\r\n${H}TRANSFER-ENCODING: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    "forwarded",
    /\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/,
  ],
  [
    "a chunked DELETE",
    `DELETE / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    "forwarded",
    /transfer-encoding: chunked[\s\S]*\r\n\r\n2a\r\nGET \/smuggled/i,
  ],
  [
    "a chunked OPTIONS",
    `OPTIONS / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    "forwarded",
    /transfer-encoding: chunked[\s\S]*\r\n\r\n2a\r\nGET \/smuggled/i,
  ],
  [
    "a chunked GET",
    `GET / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    "forwarded",
    /transfer-encoding: chunked[\s\S]*\r\n\r\n2a\r\nGET \/smuggled/i,
  ],
  [
    "a chunked HEAD",
    `HEAD / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    "forwarded",
    /transfer-encoding: chunked[\s\S]*\r\n\r\n2a\r\nGET \/smuggled/i,
  ],
  [
    "a body that looks like a request",
    `POST / HTTP/1.1\r\n${H}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    "forwarded",
    /content-length: 42\r\n[\s\S]*\r\n\r\nGET \/smuggled/i,
  ],
  [
    "a GET with a body that looks like a request",
    `GET / HTTP/1.1\r\n${H}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    "forwarded",
    /content-length: 42\r\n[\s\S]*\r\n\r\nGET \/smuggled/i,
  ],
  // Removing the framing by the Connection list.
  [
    "Connection: Content-Length",
    `POST / HTTP/1.1\r\n${H}Connection: Content-Length\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    "forwarded",
    /content-length: 42\r\n/i,
  ],
  [
    "Connection: Transfer-Encoding",
    `POST / HTTP/1.1\r\n${H}Connection: close, Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    "forwarded",
    /transfer-encoding: chunked\r\n[\s\S]*5\r\nhello\r\n0\r\n\r\n$/i,
  ],
  [
    "Connection: Host",
    `GET / HTTP/1.1\r\n${H}Connection: Host\r\n\r\n`,
    "forwarded",
    /host: web\.shop\r\n/i,
  ],
  // Line ends and characters.
  ["bare LFs throughout", "GET / HTTP/1.1\nHost: web.shop\n\n", "refused"],
  ["a bare LF after the request line", `GET / HTTP/1.1\n${H}\r\n`, "refused"],
  ["a bare LF between headers", `GET / HTTP/1.1\r\n${H.trimEnd()}\nX: y\r\n\r\n`, "refused"],
  [
    "a bare CR in a value",
    `GET / HTTP/1.1\r\n${H}X: a\rTransfer-Encoding: chunked\r\n\r\n`,
    "refused",
  ],
  ["a bare CR in a name", `GET / HTTP/1.1\r\n${H}X\rY: a\r\n\r\n`, "refused"],
  ["NUL in a value", `GET / HTTP/1.1\r\n${H}X: a\0b\r\n\r\n`, "refused"],
  ["NUL in a name", `GET / HTTP/1.1\r\n${H}X\0: ab\r\n\r\n`, "refused"],
  ["NUL in Host", "GET / HTTP/1.1\r\nHost: web.shop\0\r\n\r\n", "refused"],
  ["NUL in the path", `GET /\0 HTTP/1.1\r\n${H}\r\n`, "refused"],
  ["DEL in a value", `GET / HTTP/1.1\r\n${H}X: a\x7fb\r\n\r\n`, "refused"],
  ["a header without a name", `GET / HTTP/1.1\r\n${H}: x\r\n\r\n`, "refused"],
  ["a header without a colon", `GET / HTTP/1.1\r\n${H}Transfer-Encoding\r\n\r\n`, "refused"],
  ["a header name in brackets", `GET / HTTP/1.1\r\n${H}[X]: y\r\n\r\n`, "refused"],
  ["a blank in front of the first header", `GET / HTTP/1.1\r\n ${H}\r\n`, "refused"],
  ["a tab as the blank of the request line", `GET\t/ HTTP/1.1\r\n${H}\r\n`, "refused"],
  ["two blanks after the method", `GET  / HTTP/1.1\r\n${H}\r\n`, "refused"],
  ["a blank in the path", `GET /a b HTTP/1.1\r\n${H}\r\n`, "refused"],
  ["a blank after the version", `GET / HTTP/1.1 \r\n${H}\r\n`, "refused"],
  ["a blank in front of the method", ` GET / HTTP/1.1\r\n${H}\r\n`, "refused"],
  ["no version", "GET /\r\n\r\n", "refused"],
  ["HTTP/1.2", `GET / HTTP/1.2\r\n${H}\r\n`, "refused"],
  ["HTTP/2.0 in a request line", `GET / HTTP/2.0\r\n${H}\r\n`, "refused"],
  ["http/1.1 in small letters", `GET / http/1.1\r\n${H}\r\n`, "refused"],
  ["a version of three digits", `GET / HTTP/1.10\r\n${H}\r\n`, "refused"],
  ["bytes of another protocol", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "refused"],
  // Host.
  ["no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", "refused"],
  ["two Hosts", `GET / HTTP/1.1\r\n${H}Host: other.shop\r\n\r\n`, "refused"],
  ["two equal Hosts", `GET / HTTP/1.1\r\n${H}${H}\r\n`, "refused"],
  ["an empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", "refused"],
  ["a Host with a path", "GET / HTTP/1.1\r\nHost: web.shop/x\r\n\r\n", "refused"],
  ["a Host with user information", "GET / HTTP/1.1\r\nHost: a@web.shop\r\n\r\n", "refused"],
  ["a list of Hosts", "GET / HTTP/1.1\r\nHost: web.shop, other.shop\r\n\r\n", "refused"],
  [
    "an absolute URL against Host",
    "GET http://web.shop/x HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "forwarded",
    /^GET \/x HTTP\/1\.1\r\n(?![\s\S]*evil)[\s\S]*host: web\.shop\r\n/i,
  ],
  [
    "an absolute URL with user information",
    `GET http://evil@web.shop/ HTTP/1.1\r\n${H}\r\n`,
    "refused",
  ],
  ["an absolute URL of another scheme", `GET file:///etc/passwd HTTP/1.1\r\n${H}\r\n`, "refused"],
  [
    "a path that looks like a URL",
    `GET //evil.example/ HTTP/1.1\r\n${H}\r\n`,
    "forwarded",
    /^GET \/\/evil\.example\/ HTTP\/1\.1\r\n/,
  ],
  // Switching and expecting.
  [
    "an upgrade to h2c",
    `GET / HTTP/1.1\r\n${H}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    "forwarded",
    /^(?![\s\S]*(?:upgrade|http2-settings):)GET \/ /i,
  ],
  [
    "hop-by-hop headers",
    `GET / HTTP/1.1\r\n${H}Connection: close, X-Auth\r\nX-Auth: admin\r\nTE: trailers\r\nKeep-Alive: 1\r\nProxy-Authorization: x\r\n\r\n`,
    "forwarded",
    /^(?![\s\S]*(?:x-auth|\r\nte|keep-alive: 1|proxy-auth))GET \/ /i,
  ],
  [
    "X-Forwarded-For in disguise",
    `GET / HTTP/1.1\r\n${H}X_Forwarded_For: 1.2.3.4\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n`,
    "forwarded",
    /x-forwarded-for: 127\.0\.0\.1\r\n/i,
  ],
  // Size.
  [
    "a header of 100,000 bytes",
    `GET / HTTP/1.1\r\n${H}X: ${"a".repeat(100_000)}\r\n\r\n`,
    "refused",
  ],
  ["a path of 100,000 bytes", `GET /${"a".repeat(100_000)} HTTP/1.1\r\n${H}\r\n`, "refused"],
  ["an endless method", `${"A".repeat(100_000)} / HTTP/1.1\r\n${H}\r\n`, "refused"],
  // Plain, as a check of the harness.
  ["a plain GET", `GET /a?b HTTP/1.1\r\n${H}\r\n`, "forwarded", /^GET \/a\?b HTTP\/1\.1\r\n/],
  [
    "bytes above 127 in a value",
    `GET / HTTP/1.1\r\n${H}X: caf\xe9\r\n\r\n`,
    "forwarded",
    /x: caf\xe9\r\n/i,
  ],
  ["an empty line in front", `\r\nGET /late HTTP/1.1\r\n${H}\r\n`, "forwarded", /^GET \/late /],
];

const CASES: readonly Case[] = ROWS.map(([name, bytes, verdict, seen = /^/]) => ({
  name,
  bytes,
  verdict,
  seen,
}));

describe("the gateway against smuggling (P.11)", () => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  const recorder = new Recorder();
  const other = new Recorder();

  beforeAll(async () => {
    cluster = new TestCluster();
    cluster.serve("web", [await cluster.pod(recorder.server)]);
    cluster.serve("other", [await cluster.pod(other.server)]);
    gateway = await cluster.gateway({ trustForwarded: "never" });
  });

  afterAll(() => cluster[Symbol.asyncDispose]());

  /** Everything the gateway answers until it closes, or until the number of answers is there. */
  function send(bytes: string, answers: number): Promise<string> {
    return new Promise((resolve) => {
      let got = "";
      const socket = net.connect({ host: "127.0.0.1", port: gateway.port });
      socket.setEncoding("latin1");
      socket.on("data", (text) => {
        got += text;
        const complete =
          got.endsWith("ok") || (bytes.startsWith("HEAD") && got.endsWith("\r\n\r\n"));
        if (got.match(STATUS)?.length === answers && complete) socket.destroy();
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(got));
      socket.write(bytes, "latin1");
    });
  }

  test.each(CASES)("$name", async ({ bytes, verdict, seen }) => {
    recorder.clear();
    const answer = await send(bytes, 1);
    expect(answer.match(STATUS)).toHaveLength(1);
    if (verdict === "refused") {
      expect(answer).toMatch(/^HTTP\/1\.1 (?:400|408|417|431|501|502|505) /);
      expect(answer).toMatch(/\r\nconnection: close\r\n/i);
      // What was sent before the fault showed is at most an unfinished request on a connection of its own.
      expect(recorder.requests).toEqual([]);
    } else {
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(recorder.requests).toHaveLength(1);
      expect(recorder.received).toMatch(seen);
    }
  });

  test("requests sent ahead to several Services go where each belongs", async () => {
    recorder.clear();
    other.clear();
    const answer = await send(
      "GET /1 HTTP/1.1\r\nHost: web.shop\r\n\r\nPOST /2 HTTP/1.1\r\nHost: other.shop\r\nContent-Length: 5\r\n\r\nhelloGET /3 HTTP/1.1\r\nHost: web.shop\r\n\r\nGET /4 HTTP/1.1\r\nHost: nobody.shop\r\n\r\nGET /5 HTTP/1.1\r\nHost: other.shop\r\n\r\n",
      5,
    );
    expect(answer.match(STATUS)).toEqual([200, 200, 200, 404, 200].map((s) => `HTTP/1.1 ${s} `));
    expect(recorder.requests).toEqual(["GET /1", "GET /3"]);
    expect(other.requests).toEqual(["POST /2", "GET /5"]);
  });

  test("a body's end that arrives byte by byte is still its end", async () => {
    recorder.clear();
    const socket = net.connect({ host: "127.0.0.1", port: gateway.port, noDelay: true });
    socket.resume();
    const bytes = `POST /slow HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\nGET /next HTTP/1.1\r\n${H}\r\n`;
    for (const c of bytes) {
      socket.write(c);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => recorder.requests).toEqual(["POST /slow", "GET /next"]);
    socket.destroy();
  });
});
