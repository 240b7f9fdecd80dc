import http from "node:http";
import net from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FieldReader } from "../../src/proxy/http1/field-lines.ts";
import { parseRequestHead } from "../../src/proxy/http1/request-head.ts";
import { TestCluster } from "./cluster.ts";

const FIELDS = [
  "Host: web.shop",
  "Host: api.shop",
  "Accept: */*",
  "X-Forwarded-For: 10.1.1.1",
  "X-Forwarded-Host: other",
  "Connection: x-own",
  "X-Own: 1",
  "TE: trailers",
  " folded",
  "Bad : colon",
  "Long: ".padEnd(3_000, "x"),
];
const STARTS = [
  "GET / HTTP/1.1",
  "GET /a/longer/path HTTP/1.1",
  "POST / HTTP/1.0",
  "GET  / HTTP/1.1",
];

describe("heads of one connection", () => {
  test("say what each of them would say alone", () => {
    const head = fc
      .tuple(fc.constantFrom(...STARTS), fc.subarray(FIELDS, { maxLength: 3 }))
      .map(([start, fields]) => `${[start, ...fields].join("\r\n")}\r\n\r\n`);
    fc.assert(
      fc.property(fc.array(head, { maxLength: 20 }), (heads) => {
        const reader = new FieldReader();
        for (const text of heads) {
          expect(parseRequestHead(text, 5, reader)).toEqual(parseRequestHead(text, 5));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("are not read again where they say the same", () => {
    const reader = new FieldReader();
    const read = (path: string, fields: string) => {
      const head = parseRequestHead(`GET ${path} HTTP/1.1\r\n${fields}\r\n`, 5, reader);
      if ("fault" in head) throw new Error(head.fault.reason);
      return head.lines;
    };
    const first = read("/", "Host: a\r\n");
    expect(read("/other", "Host: a\r\n")).toBe(first);
    expect(read("/", "Host: b\r\n")).not.toBe(first);
    expect(read("/", "Host: b\r\n").fields[0]?.value).toBe("b");
  });

  test("reach pods with what each of them says", async () => {
    await using cluster = new TestCluster();
    const pod = await cluster.httpPod((req, res) => {
      res.setHeader("x-path", req.url ?? "");
      res.end(JSON.stringify(req.rawHeaders));
    });
    cluster.serve("web", [pod]);
    cluster.serve("api", [pod]);
    const { port } = await cluster.gateway();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (path: string, headers: Record<string, string>) =>
      new Promise<{ path: unknown; fields: string[] }>((resolve, reject) => {
        const req = http.get({ port, path, headers, agent }, (res) => {
          let text = "";
          res.on("data", (chunk) => {
            text += chunk;
          });
          res.on("end", () => resolve({ path: res.headers["x-path"], fields: JSON.parse(text) }));
        });
        req.on("error", reject);
      });
    const value = (fields: string[], name: string) =>
      fields[fields.findIndex((field) => field.toLowerCase() === name) + 1];
    for (const [path, host, from] of [
      ["/1", "web.shop", "10.0.0.1"],
      ["/2", "web.shop", "10.0.0.1"],
      ["/3", "api.shop", "10.0.0.1"],
      ["/4", "api.shop", "10.0.0.2"],
      ["/5", "web.shop", "10.0.0.1"],
    ] as const) {
      const said = await ask(path, { host, "x-forwarded-for": from });
      expect(said.path).toBe(path);
      expect(value(said.fields, "host")).toBe(host);
      expect(value(said.fields, "x-forwarded-host")).toBe(host);
      expect(value(said.fields, "x-forwarded-for")).toBe(`${from}, 127.0.0.1`);
    }
    agent.destroy();
  });

  test("of pods reach clients with what each of them says", async () => {
    await using cluster = new TestCluster();
    const answers = [
      "200 OK\r\nX-N: 1\r\nContent-Length: 0",
      "404 Not Found\r\nX-N: 1\r\nContent-Length: 0",
      "204 No Content\r\nX-N: 1\r\nContent-Length: 0",
      "200 OK\r\nX-N: 2\r\nContent-Length: 0",
      "200 Fine\r\nX-N: 2\r\nContent-Length: 0",
    ];
    let n = 0;
    const server = net.createServer((socket) => {
      socket.on("data", () => socket.write(`HTTP/1.1 ${answers[n++]}\r\n\r\n`));
    });
    cluster.serve("web", [await cluster.pod(server)]);
    const { port } = await cluster.gateway();
    const socket = net.connect(port, "127.0.0.1");
    const got: string[] = [];
    for (const _ of answers) {
      socket.write("GET / HTTP/1.1\r\nHost: web.shop\r\n\r\n");
      got.push(await new Promise((resolve) => socket.once("data", (data) => resolve(`${data}`))));
    }
    expect(got).toEqual(
      answers.map((answer) =>
        answer.startsWith("204")
          ? "HTTP/1.1 204 No Content\r\nX-N: 1\r\n\r\n"
          : `HTTP/1.1 ${answer}\r\n\r\n`,
      ),
    );
    socket.destroy();
  });
});
