import http from "node:http";
import http2 from "node:http2";
import type net from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestCluster } from "./cluster.ts";

/** What the backend saw of a request, and what the client saw of the answer. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

const PER_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "date"]);
/** What a proxy adds. */
const ADDED = /^x-forwarded-/;

function ownHeaders(raw: readonly string[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const ours = name.startsWith(":") || PER_CONNECTION.has(name) || ADDED.test(name);
    if (!ours) found.push([name, raw[i + 1] as string]);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

const name = fc.stringMatching(/^x-[a-z0-9]{1,12}$/);
const value = fc.stringMatching(/^[!-~](?:[ -~]{0,30}[!-~])?$/);
const headers = fc.uniqueArray(fc.tuple(name, value), { maxLength: 6, selector: ([n]) => n });
const body = fc.oneof(
  fc.constant(undefined),
  fc.record({
    chunks: fc.array(fc.string({ maxLength: 3_000 }), { maxLength: 5 }),
    sized: fc.boolean(),
  }),
);
const exchange = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"),
  path: fc.stringMatching(/^\/[a-zA-Z0-9/._~%!$&'()*+,;=:@-]{0,40}(?:\?[a-z0-9=&]{0,20})?$/),
  headers,
  body,
  answer: fc.record({ status: fc.constantFrom(200, 201, 204, 304, 404, 500), headers, body }),
});
type Exchange = typeof exchange extends fc.Arbitrary<infer T> ? T : never;

function write(
  message: http.ClientRequest | http.ServerResponse | http2.Http2ServerResponse,
  content: Exchange["body"],
): void {
  if (content?.sized === true) {
    message.setHeader("Content-Length", Buffer.byteLength(content.chunks.join("")));
  } else if (content !== undefined && !(message instanceof http2.Http2ServerResponse)) {
    message.setHeader("Transfer-Encoding", "chunked");
  }
  const writable = message as http.ClientRequest;
  for (const chunk of content?.chunks ?? []) if (chunk !== "") writable.write(chunk);
  message.end();
}

async function read(message: http.IncomingMessage | http2.Http2ServerRequest): Promise<string> {
  let text = "";
  for await (const chunk of message) text += chunk;
  return text;
}

/** A way to the pod: what it saw, and what the client saw of its answer. */
type Way = (input: Exchange) => Promise<Outcome>;

interface Outcome {
  readonly seen: Seen | undefined;
  readonly answer: {
    readonly status: number | undefined;
    readonly headers: Seen["headers"];
    readonly body: string;
  };
}

describe("no proxy at all, and every way through the gateway", () => {
  const cluster = new TestCluster();
  const agent = new http.Agent({ keepAlive: true });
  const ways = new Map<string, Way>();
  let session: http2.ClientHttp2Session;
  let direct: Way;
  let current: Exchange;
  let seen: Seen | undefined;

  function answer(
    req: http.IncomingMessage | http2.Http2ServerRequest,
    res: http.ServerResponse | http2.Http2ServerResponse,
  ): void {
    void read(req).then((text) => {
      seen = {
        method: req.method ?? "",
        url: req.url ?? "",
        headers: ownHeaders(req.rawHeaders),
        body: text,
      };
      const { status, headers: more, body: content } = current.answer;
      res.statusCode = status;
      for (const [n, v] of more) res.setHeader(n, v);
      write(res, status === 204 || status === 304 ? undefined : content);
    });
  }

  beforeAll(async () => {
    const pod = await cluster.httpPod(answer);
    cluster.serve("web", [pod]);
    cluster.serve("h2c", [await cluster.pod(http2.createServer(answer))], {
      spec: { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] },
    });
    direct = overHttp1((pod.server.address() as net.AddressInfo).port, "web.shop");
    {
      const gateway = await cluster.gateway();
      ways.set("http1", overHttp1(gateway.port, "web.shop"));
      ways.set("http1 to HTTP/2", overHttp1(gateway.port, "h2c.shop"));
      session = http2.connect(`http://127.0.0.1:${gateway.port}`);
    }
    ways.set("HTTP/2", overHttp2("web.shop"));
    ways.set("HTTP/2 to HTTP/2", overHttp2("h2c.shop"));
  });

  afterAll(async () => {
    agent.destroy();
    session.destroy();
    await cluster[Symbol.asyncDispose]();
  });

  function overHttp1(port: number, host: string): Way {
    return async (input) => {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        const req = http.request({
          host: "127.0.0.1",
          port,
          agent,
          method: input.method,
          path: input.path,
          headers: { Host: host, ...Object.fromEntries(input.headers) },
        });
        req.on("response", resolve);
        req.on("error", reject);
        write(req, input.body);
      });
      const body = await read(response);
      const headers = ownHeaders(response.rawHeaders);
      return { seen, answer: { status: response.statusCode, headers, body } };
    };
  }

  function overHttp2(host: string): Way {
    return async (input) => {
      const content = input.body?.chunks ?? [];
      const length = Buffer.byteLength(content.join(""));
      const stream = session.request(
        {
          ":method": input.method,
          ":path": input.path,
          ":authority": host,
          ...Object.fromEntries(input.headers),
          ...(input.body?.sized && { "content-length": length }),
        },
        { endStream: input.body === undefined },
      );
      const head = new Promise<http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader>(
        (resolve, reject) => {
          stream.on("response", resolve);
          stream.on("error", reject);
        },
      );
      if (input.body !== undefined) {
        for (const chunk of content) if (chunk !== "") stream.write(chunk);
        stream.end();
      }
      const { ":status": status, ...rest } = await head;
      let body = "";
      for await (const chunk of stream.setEncoding("utf8")) body += chunk;
      const raw = Object.entries(rest).flatMap(([n, v]) => [n, String(v)]);
      return { seen, answer: { status, headers: ownHeaders(raw), body } };
    };
  }

  test("show pod and client the same", async () => {
    await fc.assert(
      fc.asyncProperty(exchange, async (input) => {
        current = input;
        seen = undefined;
        const expected = await direct(input);
        for (const [name, way] of ways) {
          seen = undefined;
          const actual = await way(input);
          expect({ name, ...comparable(actual) }).toEqual({ name, ...comparable(expected) });
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** Without what may differ: a body of no bytes may be told by length, in chunks, or not at all. */
function comparable({ seen, answer }: Outcome) {
  const own = (headers: Seen["headers"] = []) =>
    headers.filter(([n, v]) => !(n === "content-length" && v === "0") && n !== "host");
  return {
    answer: { ...answer, headers: own(answer.headers) },
    seen: seen && { ...seen, headers: own(seen.headers) },
  };
}
