import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { raw, request, TestCluster, type TestGateway } from "./cluster.ts";
import { askOver, http2Session } from "./http2-client.ts";

let cluster: TestCluster;
let gateway: TestGateway;

beforeEach(async () => {
  cluster = new TestCluster();
  gateway = await cluster.gateway();
});

afterEach(() => cluster[Symbol.asyncDispose]());

const GET = "GET / HTTP/1.1\r\nHost: web.shop\r\n\r\n";

describe("a connection that ends with its answer", () => {
  /** What becomes of a byte that a client sends after the end of its answer. */
  async function sentAfter(bytes: string): Promise<"refused" | "swallowed"> {
    cluster.serve("web", [await cluster.httpPod((req, res) => req.resume().pipe(res))]);
    const client = net.connect({ port: gateway.port, host: "127.0.0.1", allowHalfOpen: true });
    client.resume().write(bytes);
    await once(client, "end");
    const closed = new Promise<"refused" | "swallowed">((resolve) => {
      client.on("error", () => {});
      client.once("close", (hadError) => resolve(hadError ? "refused" : "swallowed"));
    });
    // The first byte may be on its way when the connection is gone.
    for (let i = 0; i < 3 && client.writable; i++) {
      client.write("x");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    client.end();
    return closed;
  }

  test("is closed at once when its client said that it sends no more", async () => {
    const close = "Connection: close\r\n";
    expect(await sentAfter(`GET / HTTP/1.1\r\nHost: web.shop\r\n${close}\r\n`)).toBe("refused");
    const body = "Content-Length: 2\r\n\r\nok";
    expect(await sentAfter(`POST / HTTP/1.1\r\nHost: web.shop\r\n${close}${body}`)).toBe("refused");
  });

  test("is read on for a moment when its client sent more, as closing could destroy the answer", async () => {
    const last = "GET / HTTP/1.1\r\nHost: web.shop\r\nConnection: close\r\n\r\n";
    expect(await sentAfter(`${last}${GET}`)).toBe("swallowed");
    expect(await sentAfter("nothing that is HTTP\r\n\r\n")).toBe("swallowed");
  });
});

describe("a client that ends its sending side", () => {
  test.each([
    ["after a request", GET, 1],
    [
      "after a request with a body",
      "POST / HTTP/1.1\r\nHost: web.shop\r\nContent-Length: 1\r\n\r\nx",
      1,
    ],
    ["after three requests", GET.repeat(3), 3],
    ["after an HTTP/1.0 request", "GET / HTTP/1.0\r\nHost: web.shop\r\n\r\n", 1],
  ])("%s gets its answer (RFC 9112 section 9.6)", async (_when, bytes, answers) => {
    cluster.serve("web", [
      await cluster.httpPod((req, res) => {
        req.resume().on("end", () => setTimeout(() => res.end("answered"), 50));
      }),
    ]);
    const got = await raw(gateway.port, bytes, true);
    expect(got.match(/HTTP\/1\.1 200 /g)).toHaveLength(answers);
    expect(got.match(/answered/g)).toHaveLength(answers);
    expect(got.match(/Connection: close/gi)).toHaveLength(1);
    expect(gateway.events).toHaveLength(answers);
  });

  test("in the middle of its answer gets the rest of it, if it still reads", {
    skip: process.platform !== "linux",
  }, async () => {
    let end: () => void = () => {};
    cluster.serve("web", [
      await cluster.httpPod((_req, res) => {
        res.write("first ");
        end = () => res.end("second");
      }),
    ]);
    const client = net.connect({ port: gateway.port, host: "127.0.0.1", allowHalfOpen: true });
    let got = "";
    client.setEncoding("latin1").on("data", (text) => {
      got += text;
    });
    client.write(GET);
    await expect.poll(() => got).toContain("first");
    client.end();
    await new Promise((resolve) => setTimeout(resolve, 200));
    end();
    await once(client, "end");
    expect(got).toContain("second");
  });

  test("and is gone is cut off at its pod, before the answer and in the middle of it", {
    skip: process.platform !== "linux",
  }, async () => {
    const gone: Promise<unknown>[] = [];
    cluster.serve("web", [
      await cluster.httpPod((req, res) => {
        gone.push(once(res, "close"));
        if (req.url === "/begun") res.write("x");
      }),
    ]);
    for (const path of ["/", "/begun"]) {
      const client = net.connect({ port: gateway.port, host: "127.0.0.1" });
      client.write(GET.replace("/ ", `${path} `));
      if (path === "/begun") await once(client, "data");
      else await expect.poll(() => gone.length).toBe(1);
      // All of it was read, so this is an end and no reset.
      client.destroy();
      await gone.at(-1);
    }
    await expect
      .poll(() => gateway.events.map(({ aborted }) => aborted))
      .toEqual(["client", "client"]);
  });

  test("in the middle of a request gets none", async () => {
    cluster.serve("web", [await cluster.httpPod((req) => void req.resume())]);
    const bytes = "POST / HTTP/1.1\r\nHost: web.shop\r\nContent-Length: 9\r\n\r\nhalf";
    expect(await raw(gateway.port, bytes, true)).toBe("");
  });
});

describe("at the limit of connections", () => {
  const idle = async (port: number) => {
    const client = net.connect({ port, host: "127.0.0.1" });
    client.on("error", () => {});
    await once(client, "connect");
    return client;
  };

  test("the one that has been idle for longest goes, not the new one", async () => {
    cluster.serve("web", [
      await cluster.httpPod((req, res) => {
        if (req.url === "/slow") res.write("x");
        else res.end("ok");
      }),
    ]);
    const { port } = await cluster.gateway({ limits: { connections: 10 } });
    const busy = await idle(port);
    busy.write(GET.replace("/ ", "/slow "));
    await once(busy, "data");
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on("error", () => {});
    await askOver(session, {});
    const kept = await idle(port);
    kept.write(GET);
    await once(kept, "data");
    const silent = [];
    for (let i = 0; i < 60; i++) silent.push(await idle(port));
    expect((await request({ port, headers: { host: "web.shop" } })).body).toBe("ok");
    // Both were idle before all others came.
    await expect.poll(() => session.closed || session.destroyed).toBe(true);
    if (!kept.closed) await once(kept.resume(), "close");
    expect(busy.destroyed).toBe(false);
    for (const client of [busy, ...silent]) client.destroy();
  });

  test("nobody goes who is busy", async () => {
    cluster.serve("web", [await cluster.httpPod((_req, res) => void res.write("x"))]);
    const { port } = await cluster.gateway({ limits: { connections: 3 } });
    const busy = [];
    for (let i = 0; i < 3; i++) {
      const client = await idle(port);
      client.write(GET);
      await once(client, "data");
      busy.push(client);
    }
    expect(await raw(port, GET)).toBe("");
    for (const client of busy) {
      expect(client.destroyed).toBe(false);
      client.destroy();
    }
  });
});

describe("an answer of a pod", () => {
  /** A pod that answers every request with these bytes. */
  async function serve(bytes: string): Promise<{ connections: number }> {
    const count = { connections: 0 };
    const server = net.createServer((socket) => {
      count.connections++;
      socket.on("data", () => socket.write(bytes, "latin1"));
    });
    cluster.serve("web", [await cluster.pod(server)]);
    return count;
  }

  test("in chunks by HTTP/1.0 ends its connection (RFC 9112 section 6.1)", async () => {
    const bytes =
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    const count = await serve(bytes);
    for (let i = 0; i < 2; i++) {
      expect((await request({ port: gateway.port, headers: { host: "web.shop" } })).body).toBe(
        "ok",
      );
    }
    expect(count.connections).toBe(2);
  });

  test.each(["HTTP/1.1", "HTTP/2"])(
    "whose first chunk is none is a 502 over %s",
    async (inbound) => {
      await serve("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n");
      if (inbound === "HTTP/1.1") {
        const { status, body } = await request({
          port: gateway.port,
          headers: { host: "web.shop" },
        });
        expect({ status, body }).toMatchObject({
          status: 502,
          body: expect.stringContaining("not properly chunked"),
        });
        return;
      }
      const session = http2Session(gateway.port);
      const { headers, body } = await askOver(session, {});
      expect(headers[":status"]).toBe(502);
      expect(body).toContain("not properly chunked");
      session.destroy();
    },
  );

  test.each(["HTTP/1.1", "HTTP/2"])(
    "is not longer than headBytes in its head, over %s",
    async (outbound) => {
      const limits = { headBytes: 8_192 };
      const { port } = await cluster.gateway({ limits });
      const long = "x".repeat(9_000);
      if (outbound === "HTTP/1.1") {
        await serve(`HTTP/1.1 200 OK\r\nX-Long: ${long}\r\nContent-Length: 2\r\n\r\nok`);
      } else {
        const server = http2.createServer();
        server.on("stream", (stream) => {
          stream.on("error", () => {});
          stream.respond({ ":status": 200, "x-long": long });
          stream.end("ok");
        });
        const spec = { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] };
        cluster.serve("web", [await cluster.pod(server)], { spec });
      }
      expect((await request({ port, headers: { host: "web.shop" } })).status).toBe(502);
    },
  );
});

describe("an HTTP/2 request", () => {
  beforeEach(async () => {
    cluster.serve("web", [
      await cluster.httpPod((req, res) => res.end(`${req.url} ${req.headers.host}`)),
    ]);
    cluster.serve("admin", [await cluster.httpPod((_req, res) => res.end("admin"))]);
  });

  test.each([
    ["a :path that is a URL", { ":path": "http://admin.shop/x" }],
    [
      "a :path that is a URL, in another scheme",
      { ":path": "http://admin.shop/x", ":scheme": "foo" },
    ],
    ["a :path without /", { ":path": "x" }],
    ["a :path of *, to GET", { ":path": "*" }],
    ["a :path with a blank", { ":path": "/a b" }],
    ["a Host unlike its :authority", { ":path": "/", host: "admin.shop" }],
  ])("with %s is refused", async (_what, headers) => {
    const session = http2Session(gateway.port);
    const answer = await askOver(session, headers);
    // nghttp2 knows some of these by itself.
    const { code } = (answer.error ?? {}) as { code?: string };
    expect(answer.headers[":status"] ?? code).toBeOneOf([400, "ERR_HTTP2_STREAM_ERROR"]);
    session.destroy();
  });

  test.each([
    ["OPTIONS and *", { ":method": "OPTIONS", ":path": "*" }, "* web.shop"],
    ["a Host that is its :authority", { ":path": "/", host: "WEB.shop" }, "/ web.shop"],
  ])("with %s goes its way", async (_what, headers, body) => {
    const session = http2Session(gateway.port);
    expect((await askOver(session, headers)).body).toBe(body);
    session.destroy();
  });

  test("with a head longer than headBytes is refused", async () => {
    const { port } = await cluster.gateway({ limits: { headBytes: 8_192 } });
    const session = http2Session(port);
    const long = (bytes: number) =>
      Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`x-${i}`, "y".repeat(bytes / 5)]));
    expect((await askOver(session, long(9_000))).headers[":status"]).toBe(431);
    expect((await askOver(session, long(7_000))).headers[":status"]).toBe(200);
    session.destroy();
  });
});

test("TLS at a plain address is answered with what is wrong, and told", async () => {
  const client = tls.connect({ port: gateway.port, host: "127.0.0.1", rejectUnauthorized: false });
  const [error] = (await once(client, "error").catch((reason) => [reason])) as [Error];
  expect(error.message).toMatch(/wrong version number|packet length too long/i);
  await expect
    .poll(() => gateway.events)
    .toMatchObject([
      {
        kind: "connection",
        protocol: "TLS",
        refusal: { reason: expect.stringContaining("http://") },
      },
    ]);
  const hello = await raw(gateway.port, Buffer.from("\x16\x03\x01\x02\x00\x01\x00", "latin1"));
  expect(hello).toMatch(/^HTTP\/1\.1 400 [\s\S]*TLS is not spoken/);
});

test("refusals can't be taken for what they are not", async () => {
  const { headers } = await request({ port: gateway.port, headers: { host: "nobody.shop" } });
  expect(headers["x-content-type-options"]).toBe("nosniff");
  const session = http2Session(gateway.port);
  const answer = await askOver(session, { ":authority": "nobody.shop" });
  expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  session.destroy();
});
