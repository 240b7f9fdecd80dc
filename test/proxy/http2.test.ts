import { once } from "node:events";
import http2, {
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestCluster, type TestGateway, type TestPod } from "./cluster.ts";
import { askOver, type Http2Answer, http2Session } from "./http2-client.ts";

describe("HTTP/2 through the gateway", () => {
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
    await gateway.close(100);
    await cluster[Symbol.asyncDispose]();
  });

  async function ask(headers: OutgoingHttpHeaders, body?: string | Buffer): Promise<Http2Answer> {
    const answer = await askOver(session, headers, body);
    if (answer.error !== undefined) throw answer.error;
    return answer;
  }

  async function h2cPod(answer: (stream: http2.ServerHttp2Stream, h: IncomingHttpHeaders) => void) {
    const server = http2.createServer();
    server.on("stream", answer);
    return cluster.pod(server);
  }

  describe("to pods that speak HTTP/1.1", () => {
    test("balances each stream of one connection on its own", async () => {
      const pods = await Promise.all(
        ["a", "b", "c"].map((name) => cluster.httpPod((_req, res) => res.end(name))),
      );
      cluster.serve("web", pods);
      const answers = await Promise.all(Array.from({ length: 60 }, () => ask({})));
      expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set(["a", "b", "c"]));
    });

    test("passes on method, path, headers, cookies and who asked", async () => {
      cluster.serve("web", [
        await cluster.httpPod((req, res) => {
          res.setHeader("Set-Cookie", ["a=1", "b=2"]);
          res.setHeader("Connection", "X-Hop");
          res.setHeader("X-Hop", "1");
          res.end(JSON.stringify([req.method, req.url, req.headers]));
        }),
      ]);
      const { headers, body } = await ask({
        ":method": "DELETE",
        ":path": "/x?y",
        cookie: ["a=1", "b=2"],
        "x-own": "z",
      });
      expect(headers).toMatchObject({ ":status": 200, "set-cookie": ["a=1", "b=2"] });
      expect(headers).not.toHaveProperty("x-hop");
      expect(JSON.parse(body)).toMatchObject([
        "DELETE",
        "/x?y",
        { host: "web.shop", cookie: "a=1; b=2", "x-own": "z", "x-forwarded-for": "127.0.0.1" },
      ]);
    });

    test.each([
      ["by length", { "content-length": "1000000" }],
      ["in chunks", {}],
    ])("streams bodies %s", async (_name, headers) => {
      cluster.serve("web", [await cluster.httpPod((req, res) => req.pipe(res))]);
      const body = "x".repeat(1_000_000);
      const answer = await ask({ ":method": "POST", ...headers }, body);
      expect(answer.body).toBe(body);
    });

    test("a body of no bytes ends, on a new connection to the pod and on a kept one", async () => {
      cluster.serve("web", [
        await cluster.httpPod((req, res) => req.resume().on("end", () => res.end("ended"))),
      ]);
      for (let i = 0; i < 3; i++) {
        const stream = session.request(
          { ":method": "POST", ":authority": "web.shop", ":path": "/" },
          { endStream: false },
        );
        stream.end();
        let body = "";
        for await (const chunk of stream.setEncoding("utf8")) body += chunk;
        expect(body).toBe("ended");
      }
    });

    test("turns chunked trailers into trailers", async () => {
      cluster.serve("web", [
        await cluster.httpPod((_req, res) => {
          res.setHeader("Trailer", "X-Sum");
          res.write("body");
          res.addTrailers({ "X-Sum": "42" });
          res.end();
        }),
      ]);
      expect(await ask({})).toMatchObject({ body: "body", trailers: { "x-sum": "42" } });
    });

    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    describe.each([
      ["at once", (answer: string) => [answer]],
      ["byte by byte", (answer: string) => [...answer]],
    ])("an answer that comes %s", (_how, pieces) => {
      test.each([
        ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", {}],
        ["the length 0", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", {}],
        ["chunks", `${chunked}3\r\none\r\n4\r\n two\r\n0\r\n\r\n`, "one two", {}],
        ["no chunk but the last", `${chunked}0\r\n\r\n`, "", {}],
        ["trailers", `${chunked}2\r\nok\r\n0\r\nX-Sum: 42\r\n\r\n`, "ok", { "x-sum": "42" }],
        ["trailers only", `${chunked}0\r\nX-Sum: 42\r\n\r\n`, "", { "x-sum": "42" }],
        ["its connection's end", "HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end", {}],
      ])("with %s is whole", async (_what, answer, body, trailers) => {
        const server = net.createServer({ noDelay: true }, async (socket) => {
          await once(socket, "data");
          for (const piece of pieces(answer)) {
            socket.write(piece);
            await new Promise((resolve) => setImmediate(resolve));
          }
          if (body === "until the end") socket.end();
        });
        cluster.serve("web", [await cluster.pod(server)]);
        const got = await ask({});
        expect(got.headers[":status"]).toBe(200);
        expect(got.body).toBe(body);
        expect(Object.entries(got.trailers)).toEqual(Object.entries(trailers));
        expect(gateway.events).toMatchObject([{ status: 200, bytes: body.length }]);
        expect(gateway.events[0]).not.toHaveProperty("aborted");
      });
    });

    test("waits for a client that doesn't read, and for a pod that doesn't", async () => {
      cluster.serve("web", [await cluster.httpPod((req, res) => req.pipe(res))]);
      const stream = session.request({ ":authority": "web.shop", ":method": "POST" });
      const size = 5_000_000;
      stream.end(Buffer.alloc(size));
      await once(stream, "response");
      let received = 0;
      stream.on("data", (chunk: Buffer) => {
        received += chunk.length;
        stream.pause();
        setImmediate(() => stream.resume());
      });
      await once(stream, "close");
      expect(received).toBe(size);
    });

    test("answers HEAD and 304 without a body", async () => {
      cluster.serve("web", [
        await cluster.httpPod((req, res) => {
          res.statusCode = req.method === "HEAD" ? 200 : 304;
          res.setHeader("ETag", "x");
          res.end();
        }),
      ]);
      expect((await ask({ ":method": "HEAD" })).headers).toMatchObject({ etag: "x" });
      expect((await ask({})).headers[":status"]).toBe(304);
    });

    test("goes to another pod when one cannot be connected to", async () => {
      const pods = await Promise.all(
        ["dead", "alive"].map((name) => cluster.httpPod((_req, res) => res.end(name))),
      );
      cluster.serve("web", pods);
      await pods[0]?.kill();
      for (let i = 0; i < 10; i++) expect((await ask({})).body).toBe("alive");
    });

    test("a stream the client cancels is cancelled at the pod", async () => {
      let gone: Promise<unknown> | undefined;
      cluster.serve("web", [
        await cluster.httpPod((_req, res) => {
          res.write("x");
          gone = once(res, "close");
        }),
      ]);
      const stream = session.request({ ":authority": "web.shop" });
      stream.on("error", () => {});
      await once(stream, "data");
      stream.close(http2.constants.NGHTTP2_CANCEL);
      await gone;
      await expect.poll(() => gateway.events.map((event) => event.aborted)).toEqual(["client"]);
    });

    test("a pod that breaks off is not a whole answer", async () => {
      cluster.serve("web", [
        await cluster.httpPod((_req, res) => {
          res.writeHead(200, { "Content-Length": 10 });
          res.write("half");
          setImmediate(() => res.socket?.destroy());
        }),
      ]);
      const stream = session.request({ ":authority": "web.shop" });
      stream.resume();
      const [error] = await once(stream, "error").catch((reason) => [reason]);
      expect(error).toMatchObject({ code: "ERR_HTTP2_STREAM_ERROR" });
    });
  });

  describe("to pods that speak HTTP/2", () => {
    const h2c = {
      port: { name: "", port: 8080 },
      spec: { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] },
    };

    test("goes by the port's appProtocol, streams both ways and keeps trailers", async () => {
      const pods: TestPod[] = [];
      for (const name of ["a", "b"]) {
        pods.push(
          await h2cPod((stream, headers) => {
            stream.respond(
              { ":status": 200, "x-pod": name, "x-authority": headers[":authority"] },
              { waitForTrailers: true },
            );
            stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "42" }));
            stream.pipe(stream);
          }),
        );
      }
      cluster.serve("web", pods, h2c);
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) => ask({ ":method": "POST" }, `body ${i}`)),
      );
      expect(new Set(answers.map((answer) => answer.headers["x-pod"]))).toEqual(
        new Set(["a", "b"]),
      );
      for (const [i, answer] of answers.entries()) {
        expect(answer).toMatchObject({
          body: `body ${i}`,
          trailers: { "x-sum": "42" },
          headers: { "x-authority": "web.shop" },
        });
      }
    });

    test("gRPC: unary and streaming calls, statuses in trailers, and a session that went away", async () => {
      const answer = (stream: http2.ServerHttp2Stream, headers: IncomingHttpHeaders) => {
        expect(headers["te"]).toBe("trailers");
        stream.respond(
          { ":status": 200, "content-type": "application/grpc" },
          { waitForTrailers: true },
        );
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.on("data", (chunk) => stream.write(chunk));
        stream.on("end", () => stream.end());
      };
      const [first, second] = [await h2cPod(answer), await h2cPod(answer)];
      cluster.serve("web", [first]);
      const call = { ":method": "POST", "content-type": "application/grpc", te: "trailers" };
      expect(await ask(call, "\0\0\0\0\x02hi")).toMatchObject({
        body: "\0\0\0\0\x02hi",
        trailers: { "grpc-status": "0" },
      });
      // One message each way at a time: nothing is held back.
      const stream = session.request({ ":authority": "web.shop", ":path": "/s/M", ...call });
      for (const text of ["one", "two", "three"]) {
        stream.write(text);
        const [chunk] = await once(stream, "data");
        expect(String(chunk)).toBe(text);
      }
      stream.end();
      const [trailers] = await once(stream, "trailers");
      expect(trailers).toMatchObject({ "grpc-status": "0" });
      await first.kill();
      cluster.serve("web", [second]);
      expect(await ask(call, "x")).toMatchObject({ body: "x", trailers: { "grpc-status": "0" } });
    });

    test("a body of no bytes ends, on a new connection to the pod and on a kept one", async () => {
      const pod = await h2cPod((stream) => {
        stream.resume().on("end", () => {
          stream.respond();
          stream.end("ended");
        });
      });
      cluster.serve("web", [pod], h2c);
      for (let i = 0; i < 3; i++) expect((await ask({ ":method": "POST" }, "")).body).toBe("ended");
    });

    test("a gRPC client reads a refusal as a status", async () => {
      cluster.serve("web", []);
      const call = { ":method": "POST", "content-type": "application/grpc", te: "trailers" };
      const none = await ask(call);
      expect(none.headers).toMatchObject({ ":status": 200, "grpc-status": "14" });
      expect(decodeURIComponent(String(none.headers["grpc-message"]))).toContain("no Pod in shop");
      const unknown = await ask({ ...call, ":authority": "nobody.shop" });
      expect(unknown.headers["grpc-status"]).toBe("12");
    });

    test("goes to another pod when one cannot be connected to", async () => {
      const pods = await Promise.all(
        ["dead", "alive"].map((name) =>
          h2cPod((stream) => {
            stream.respond();
            stream.end(name);
          }),
        ),
      );
      cluster.serve("web", pods, h2c);
      await pods[0]?.kill();
      for (let i = 0; i < 10; i++) expect((await ask({})).body).toBe("alive");
    });
  });

  test.each([
    [{ ":authority": "example.com" }, 404],
    [{ ":authority": "web.shop:99999" }, 400],
    [{ ":authority": "[web.shop]" }, 400],
    [{ ":method": "CONNECT", ":authority": "none.shop:80" }, 404],
    [{ ":method": "CONNECT", ":authority": "127.0.0.1:22" }, 404],
    [{ ":method": "CONNECT", ":authority": "web.shop" }, 400],
  ] as [OutgoingHttpHeaders, number][])("refuses %j with %i", async (headers, status) => {
    const stream = session.request(
      headers[":method"] === "CONNECT" ? headers : { ":path": "/", ...headers },
    );
    stream.on("error", () => {});
    const [got] = await once(stream, "response");
    expect(got[":status"]).toBe(status);
    stream.close();
  });

  test("a preface that comes byte by byte is one all the same, and POST is none", async () => {
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("ok"))]);
    expect((await ask({ ":method": "POST" }, "x")).body).toBe("ok");
  });

  test("streams in progress end before the gateway does", async () => {
    let respond: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      void cluster
        .httpPod((_req, res) => {
          respond = () => res.end("late");
          resolve();
        })
        .then((pod) => cluster.serve("web", [pod]));
    });
    await expect.poll(() => cluster.store.get("Service", "shop", "web")).toBeDefined();
    const late = ask({});
    await asked;
    const closed = gateway.close();
    respond?.();
    expect((await late).body).toBe("late");
    await closed;
  });
});
