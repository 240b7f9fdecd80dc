import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestCluster, type TestGateway } from "./cluster.ts";
import { http2Session } from "./http2-client.ts";

const H2C = { spec: { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] } };
type Handler = Parameters<typeof http2.createServer>[1];

const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** Reads everything, now and then with a pause. */
async function read(stream: Readable, slow: boolean): Promise<string> {
  const hash = createHash("sha256");
  stream.on("data", (chunk: Buffer) => {
    hash.update(chunk);
    if (!slow) return;
    stream.pause();
    setTimeout(() => stream.resume(), 1);
  });
  await once(stream, "end");
  return hash.digest("hex");
}

describe("bodies through memory that all connections read into", () => {
  const body = randomBytes(1_200_000);
  let cluster: TestCluster;
  let gateway: TestGateway;

  beforeEach(() => {
    cluster = new TestCluster();
  });

  afterEach(() => cluster[Symbol.asyncDispose]());

  async function serve(protocol: "HTTP/1.1" | "HTTP/2"): Promise<void> {
    const answer = (req: http.IncomingMessage, res: http.ServerResponse) => {
      if (req.method === "POST") {
        read(req, req.url === "/slow").then((hash) => res.end(hash));
        return;
      }
      if (req.url === "/chunked") {
        for (let at = 0; at < body.length; at += 50_000) res.write(body.subarray(at, at + 50_000));
        res.end();
      } else {
        res.setHeader("content-length", body.length);
        res.end(body);
      }
    };
    const server =
      protocol === "HTTP/1.1"
        ? http.createServer(answer)
        : http2.createServer({ maxSessionMemory: 1_000 }, answer as unknown as Handler);
    cluster.serve("web", [await cluster.pod(server)], protocol === "HTTP/1.1" ? {} : H2C);
    gateway = await cluster.gateway();
  }

  function get(path: string, slow: boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const { port } = gateway;
      const options = { port, path, headers: { host: "web.shop" }, agent: false };
      http.get(options, (res) => resolve(read(res, slow))).on("error", reject);
    });
  }

  function post(path: string, slow: boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const { port } = gateway;
      const headers = { host: "web.shop" };
      const req = http.request({ port, path, method: "POST", headers, agent: false }, (res) => {
        let text = "";
        res.on("data", (chunk) => {
          text += chunk;
        });
        res.on("end", () => resolve(text));
      });
      req.on("error", reject);
      if (!slow) return void req.end(body);
      let at = 0;
      const next = () => {
        if (at >= body.length) return void req.end();
        req.write(body.subarray(at, at + 90_000), next);
        at += 90_000;
      };
      next();
    });
  }

  async function getOver(session: http2.ClientHttp2Session, path: string, slow: boolean) {
    const stream = session.request({ ":authority": "web.shop", ":path": path });
    return read(stream, slow);
  }

  for (const protocol of ["HTTP/1.1", "HTTP/2"] as const) {
    test(`stay as they are, from and to pods that speak ${protocol}, many at once`, async () => {
      await serve(protocol);
      const session = http2Session(gateway.port);
      const all = await Promise.all(
        Array.from({ length: 16 }, (_, i) => i % 2 === 0).flatMap((slow) => [
          get("/", slow),
          get("/chunked", slow),
          getOver(session, "/", slow),
          getOver(session, "/chunked", slow),
          post(slow ? "/slow" : "/", slow),
        ]),
      );
      session.destroy();
      expect(new Set(all)).toEqual(new Set([digest(body)]));
    });
  }

  test("keep a request's beginning until it is sent again", async () => {
    let asked = 0;
    const server = net.createServer((socket) => {
      let held = "";
      socket.on("data", (chunk) => {
        held += chunk.toString("latin1");
        if (!held.endsWith("END")) return;
        // The second request on a kept connection: it is closed without an answer.
        if (++asked === 2) return void socket.destroy();
        const text = held.slice(held.indexOf("\r\n\r\n") + 4);
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
        held = "";
      });
    });
    cluster.serve("web", [await cluster.pod(server)]);
    gateway = await cluster.gateway();
    const put = async (letter: string) => {
      const content = `${letter.repeat(2_000)}END`;
      const socket = net.connect(gateway.port, "127.0.0.1");
      socket.write(
        `PUT / HTTP/1.1\r\nHost: web.shop\r\nConnection: close\r\nContent-Length: ${content.length}\r\n\r\n${content}`,
      );
      let answer = "";
      for await (const chunk of socket) answer += chunk;
      expect(answer.slice(answer.indexOf("\r\n\r\n") + 4)).toBe(content);
    };
    await put("a");
    await put("b");
    expect(asked).toBe(3);
  });

  test("follow a head that came together with interim ones, in one read", async () => {
    const text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for (const cut of [text.length, text.indexOf("HTTP/1.1 200") + 9, text.length - 2, 12]) {
      await using own = new TestCluster();
      const server = net.createServer((socket) => {
        socket.on("data", () => {
          socket.write(text.slice(0, cut));
          setTimeout(() => socket.write(text.slice(cut)), 20);
        });
      });
      own.serve("web", [await own.pod(server)]);
      const { port } = await own.gateway();
      const socket = net.connect(port, "127.0.0.1");
      socket.write("GET / HTTP/1.1\r\nHost: web.shop\r\nConnection: close\r\n\r\n");
      let answer = "";
      for await (const chunk of socket) answer += chunk;
      expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual([
        "HTTP/1.1 100",
        "HTTP/1.1 103",
        "HTTP/1.1 200",
      ]);
      expect(answer.endsWith("\r\n\r\nhello")).toBe(true);
    }
  });
});
