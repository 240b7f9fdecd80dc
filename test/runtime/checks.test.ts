import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Check, type CheckResult, tcpCheck } from "../../src/runtime/check.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { execCheck } from "../../src/runtime/exec-check.ts";
import { grpcCheck } from "../../src/runtime/grpc-check.ts";
import { httpCheck } from "../../src/runtime/http-check.ts";

const open = new Set<{ close(): void }>();
afterEach(() => {
  for (const server of open) server.close();
  open.clear();
});

async function listening(server: Server): Promise<number> {
  open.add(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

const target = (port: number) => ({
  addresses: [{ host: "127.0.0.1", port }],
  label: "8080",
});

const check = (made: Check, signal = AbortSignal.timeout(10_000)): Promise<CheckResult> =>
  made(signal);

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  open.delete(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("a TCP check", () => {
  it("succeeds when somebody accepts, and says where", async () => {
    const port = await listening(createServer((socket) => socket.destroy()));
    const unused = await closedPort();
    const addresses = [unused, port].map((each) => ({ host: "127.0.0.1", port: each }));
    expect(await check(tcpCheck({ addresses, label: "8080" }))).toEqual({
      ok: true,
      address: { host: "127.0.0.1", port },
    });
  });

  it("says that the connection was refused", async () => {
    expect(await check(tcpCheck(target(await closedPort())))).toEqual({
      ok: false,
      message: "connection refused on 8080",
      refused: true,
    });
  });

  it("fails when there is nothing to connect to", async () => {
    expect(await check(tcpCheck({ addresses: [], label: 'port "web"' }))).toEqual({
      ok: false,
      message: 'no address to connect to on port "web"',
    });
  });
});

describe("an HTTP check", () => {
  const server = (listener: RequestListener) => listening(createHttpServer(listener));

  it.each([
    [200, true],
    [204, true],
    [399, true],
    [400, false],
    [404, false],
    [503, false],
  ])("takes status %i as %s", async (status, expected) => {
    const port = await server((_, response) => response.writeHead(status).end());
    const result = await check(httpCheck({ port, path: "healthz" }, target(port)));
    expect(result.ok).toBe(expected);
    if (!result.ok) expect(result.message).toBe(`GET /healthz on 8080 answered ${status}`);
  });

  it("sends the headers it is told, Host included", async () => {
    let seen: unknown;
    const port = await server(({ headers, method }, response) => {
      seen = [method, headers.host, headers["x-probe"], headers["user-agent"]];
      response.end();
    });
    const httpHeaders = [
      { name: "Host", value: "web.test" },
      { name: "X-Probe", value: "1" },
    ];
    await check(httpCheck({ port, httpHeaders }, target(port)));
    expect(seen).toEqual(["GET", "web.test", "1", expect.stringMatching(/^kube-probe\//)]);
  });

  it.each([
    ["/ok", { ok: true }],
    ["http://elsewhere.test/", { ok: true }],
    ["/bad", { ok: false, message: "GET /bad on 8080 answered 500" }],
    ["/loop", { ok: false, message: "GET / on 8080 redirects without end" }],
    ["http://[", { ok: true }],
  ])("follows a redirect to %s within the host", async (location, expected) => {
    const port = await server(({ url }, response) => {
      if (url === "/ok") response.end();
      else if (url === "/bad") response.writeHead(500).end();
      else response.writeHead(302, { location }).end();
    });
    expect(await check(httpCheck({ port }, target(port)))).toMatchObject(expected);
  });

  it("does not wait for a body", async () => {
    const port = await server((_, response) => response.write("never ends"));
    expect((await check(httpCheck({ port }, target(port)))).ok).toBe(true);
  });

  it("ends when it is told to", async () => {
    const abort = new AbortController();
    const port = await server(() => abort.abort());
    expect(await check(httpCheck({ port, path: "/slow" }, target(port)), abort.signal)).toEqual({
      ok: false,
      message: "no answer to GET /slow on 8080 in time",
    });
  });

  it("says that the connection was refused", async () => {
    const port = await closedPort();
    expect(await check(httpCheck({ port }, target(port)))).toMatchObject({
      message: "connection refused on 8080",
      refused: true,
    });
  });

  it("says what is wrong with a server that speaks something else", async () => {
    const port = await listening(createServer((socket) => socket.end("SSH-2.0\r\n")));
    const result = await check(httpCheck({ port }, target(port)));
    expect(result).toMatchObject({ ok: false, message: expect.stringMatching(/ on 8080$/) });
  });
});

describe("a gRPC check", () => {
  /** Answers health checks with a serving status by service name, or a gRPC status for unknown ones. */
  async function health(statuses: Record<string, number>): Promise<number> {
    const server = createHttp2Server();
    server.on("session", (session) => open.add({ close: () => session.destroy() }));
    server.on("stream", (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const body = Buffer.concat(chunks);
        const service = body.subarray(7).toString();
        expect(headers[":path"]).toBe("/grpc.health.v1.Health/Check");
        expect(body.readUInt32BE(1)).toBe(body.length - 5);
        const status = statuses[service];
        const grpcStatus = status === undefined ? "5" : "0";
        stream.respond(
          { ":status": 200, "content-type": "application/grpc" },
          { waitForTrailers: true },
        );
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": grpcStatus }));
        stream.end(status === undefined ? undefined : Buffer.from([0, 0, 0, 0, 2, 8, status]));
      });
    });
    return listening(server as unknown as Server);
  }

  it.each([
    ["", { ok: true }],
    ["shop.Cart", { ok: true }],
    [
      "shop.Down",
      { ok: false, message: "health check on 8080 answered serving status 2, not SERVING" },
    ],
    ["shop.None", { ok: false, message: "health check on 8080 answered gRPC status 5" }],
  ])("of service %j is %j", async (service, expected) => {
    const port = await health({ "": 1, "shop.Cart": 1, "shop.Down": 2 });
    expect(await check(grpcCheck(service, target(port)))).toMatchObject(expected);
  });

  it("says that the connection was refused", async () => {
    const result = await check(grpcCheck("", target(await closedPort())));
    expect(result).toMatchObject({ message: "connection refused on 8080", refused: true });
  });

  it("fails with a server that speaks something else", async () => {
    const port = await listening(createHttpServer((_, response) => response.end()));
    expect((await check(grpcCheck("", target(port)))).ok).toBe(false);
  });

  it("ends when it is told to", async () => {
    const abort = new AbortController();
    const port = await listening(createServer(() => abort.abort()));
    expect(await check(grpcCheck("", target(port)), abort.signal)).toEqual({
      ok: false,
      message: "no answer to a gRPC health check on 8080 in time",
    });
  });
});

describe("an exec check", () => {
  const exec = (...command: string[]) =>
    execCheck({
      label: `exec ${command[0]}`,
      command,
      cwd: process.cwd(),
      env: { PATH: process.env["PATH"] ?? "", X: "7" },
      clock: systemClock,
    });

  it.each([
    [["sh", "-c", "exit 0"], { ok: true }],
    [["sh", "-c", "[ $X = 7 ]"], { ok: true }],
    [["sh", "-c", "exit 3"], { ok: false, message: "exec sh ended with exit code 3" }],
    [
      ["sh", "-c", "echo too early >&2; exit 1"],
      { ok: false, message: "exec sh ended with exit code 1: too early" },
    ],
    [["no-such-probe"], { ok: false, unavailable: true }],
  ])("of %j is %j", async (command, expected) => {
    expect(await check(exec(...command))).toMatchObject(expected);
  });

  it("ends with its processes when it is told to", async () => {
    const result = await check(exec("sleep", "300"), AbortSignal.timeout(50));
    expect(result).toEqual({ ok: false, message: "exec sleep did not end in time" });
  });
});
