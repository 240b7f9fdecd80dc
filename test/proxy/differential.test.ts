import http from "node:http";
import type net from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGateway, type Listening } from "../../src/proxy/gateway.ts";
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
    if (!PER_CONNECTION.has(name) && !ADDED.test(name)) found.push([name, raw[i + 1] as string]);
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

function write(message: http.ClientRequest | http.ServerResponse, content: Exchange["body"]): void {
  if (content?.sized === true) {
    message.setHeader("Content-Length", Buffer.byteLength(content.chunks.join("")));
  } else if (content !== undefined) {
    message.setHeader("Transfer-Encoding", "chunked");
  }
  for (const chunk of content?.chunks ?? []) if (chunk !== "") message.write(chunk);
  message.end();
}

async function read(message: http.IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of message) text += chunk;
  return text;
}

describe("both engines and no proxy at all", () => {
  const cluster = new TestCluster();
  const gateways: Listening[] = [];
  let direct = 0;
  let current: Exchange;
  let seen: Seen | undefined;

  beforeAll(async () => {
    const pod = await cluster.httpPod((req, res) => {
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
    });
    cluster.serve("web", [pod]);
    direct = (pod.server.address() as net.AddressInfo).port;
    const { store, balancer, dialer } = cluster;
    for (const forwarder of ["http1", "compat"] as const) {
      gateways.push(
        await createGateway({ store, balancer, dialer, forwarder }).listen({ port: 0 }),
      );
    }
  });

  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close(0)));
    await cluster[Symbol.asyncDispose]();
  });

  async function run(port: number, input: Exchange, agent: http.Agent) {
    current = input;
    seen = undefined;
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const req = http.request({
        host: "127.0.0.1",
        port,
        agent,
        method: input.method,
        path: input.path,
        headers: { Host: "web.shop", ...Object.fromEntries(input.headers) },
      });
      req.on("response", resolve);
      req.on("error", reject);
      write(req, input.body);
    });
    const text = await read(answer);
    return {
      seen: seen as Seen | undefined,
      answer: {
        status: answer.statusCode,
        headers: ownHeaders(answer.rawHeaders),
        body: text,
      },
    };
  }

  test("show pod and client the same", async () => {
    const agent = new http.Agent({ keepAlive: true });
    await fc.assert(
      fc.asyncProperty(exchange, async (input) => {
        const expected = await run(direct, input, agent);
        for (const gateway of gateways) {
          const actual = await run(gateway.port, input, agent);
          // A body of no bytes may be told by length or in chunks.
          const framing = (list: Seen["headers"]) =>
            list.filter(([n, v]) => !(n === "content-length" && v === "0"));
          expect(actual.answer.status).toBe(expected.answer.status);
          expect(actual.answer.body).toBe(expected.answer.body);
          expect(framing(actual.answer.headers)).toEqual(framing(expected.answer.headers));
          expect(actual.seen?.method).toBe(expected.seen?.method);
          expect(actual.seen?.url).toBe(expected.seen?.url);
          expect(actual.seen?.body).toBe(expected.seen?.body);
          expect(framing(actual.seen?.headers ?? [])).toEqual(
            framing(expected.seen?.headers ?? []),
          );
        }
      }),
      { numRuns: 150 },
    );
    agent.destroy();
  });
});
