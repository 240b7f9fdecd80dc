import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { StubEntry } from "../../src/manifests/local-config.ts";
import { podStatus } from "../../src/objects/columns/pod.ts";
import type { PodSpec } from "../../src/objects/pod.ts";
import type { LocalAddress } from "../../src/proxy/local-address.ts";
import { tcpCheck } from "../../src/runtime/check.ts";
import { grpcCheck } from "../../src/runtime/grpc-check.ts";
import { attach, everyWeb, node, podNamed, run, type Scene, SERVER, scene } from "./harness.ts";

const position = { file: "kubelane.yaml", line: 1, column: 1 };
const everyPod: StubEntry = { position };

/** A scene with one pod, which is a stub, ready. */
async function stubbed(spec: Partial<PodSpec> = {}): Promise<Scene> {
  const one = scene([podNamed("a", spec)], { stub: [everyPod] });
  await one.until("ready", () => one.ready("a"));
  return one;
}

function at(one: Scene, port = 8080): LocalAddress {
  const address = one.runtime.localAddressOf(one.pod("a").status?.podIP ?? "", port);
  if (address === undefined) throw new Error(`nothing answers at ${port}`);
  return address;
}

const urlOf = ({ host, port }: LocalAddress) => `http://${host}:${port}`;

/** What a client that begins with these words is told before its connection ends. */
async function conversation({ host, port }: LocalAddress, words: Uint8Array): Promise<string> {
  const socket = connect({ host, port });
  socket.write(words);
  socket.on("error", () => {});
  let said = "";
  socket.on("data", (chunk) => {
    said += String(chunk);
  });
  await once(socket, "close");
  return said;
}

describe("which pods are stubs", () => {
  it("are those that nobody runs", async () => {
    const other = podNamed("c", {}, { app: "other" });
    await using it = scene([podNamed("a"), podNamed("b"), other], {
      run: [run(node(SERVER), { target: { namespace: "default", kind: "Pod", name: "a" } })],
      stub: [everyPod],
    });
    await it.until("all ready", () => ["a", "b", "c"].every((name) => it.ready(name)));
    expect(["a", "b", "c"].map((name) => podStatus(it.pod(name)))).toEqual([
      "Running",
      "Stub",
      "Stub",
    ]);
    expect(it.pids()).toHaveLength(1);
  });

  it("are those that an entry means", async () => {
    await using it = scene([podNamed("a"), podNamed("c", {}, { app: "other" })], {
      stub: [{ target: everyWeb, position }],
    });
    await it.until("a ready", () => it.ready("a"));
    expect(podStatus(it.pod("c"))).toBe("NoLocalProcess");
  });

  it("become what a later configuration says, and stay what they are while it says the same", async () => {
    await using it = await stubbed();
    const before = at(it);
    it.runtime.update({ run: [], attach: [], stub: [everyPod, everyPod] });
    expect(at(it)).toEqual(before);
    it.runtime.update({ run: [run(node(SERVER))], attach: [], stub: [everyPod] });
    await it.until("run", () => it.ready("a") && podStatus(it.pod("a")) === "Running");
    expect(await text((await fetch(urlOf(at(it)))).body!)).toBe("a");
    it.runtime.update({ run: [], attach: [attach([{ host: "127.0.0.1", port: 1 }])].slice(1) });
    expect(it.ready("a")).toBe(false);
  });
});

describe("a stub", () => {
  it("is marked in its status and in what is told of it", async () => {
    await using it = await stubbed();
    expect(it.pod("a").status).toMatchObject({ phase: "Running", reason: "Stub" });
    expect(it.events).toContainEqual(expect.objectContaining({ type: "ready", isStub: true }));
  });

  it("echoes a request over HTTP/1.1", async () => {
    await using it = await stubbed();
    const response = await fetch(`${urlOf(at(it))}/charge?x=1`, {
      method: "PUT",
      headers: { "x-trace": "7" },
      body: "ünits",
    });
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.json()).toMatchObject({
      stub: true,
      namespace: "default",
      pod: "a",
      container: "main",
      port: 8080,
      request: {
        protocol: "HTTP/1.1",
        method: "PUT",
        path: "/charge?x=1",
        headers: { "x-trace": "7" },
        bodyBytes: 6,
        body: "ünits",
      },
    });
  });

  it("answers several requests of one connection, and sends back 64 KiB of a body at most", async () => {
    await using it = await stubbed();
    const big = "x".repeat(1_000_000);
    for (const body of ["", big]) {
      const init = body === "" ? {} : { method: "POST", body };
      const { request } = (await (await fetch(urlOf(at(it)), init)).json()) as {
        request: { body?: string; bodyBytes: number };
      };
      expect([request.bodyBytes, request.body?.length ?? 0]).toEqual([
        body.length,
        Math.min(body.length, 65_536),
      ]);
    }
  });

  it("answers HEAD without a body, over HTTP/1.1 and HTTP/2", async () => {
    await using it = await stubbed();
    const response = await fetch(urlOf(at(it)), { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(await overHttp2(at(it), { ":method": "HEAD" })).toEqual({ status: 200, body: "" });
  });

  it("echoes a request over HTTP/2 by prior knowledge", async () => {
    await using it = await stubbed();
    const { status, body } = await overHttp2(at(it), { ":path": "/p", "x-trace": "7" }, "hello");
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      pod: "a",
      request: {
        protocol: "HTTP/2.0",
        method: "POST",
        path: "/p",
        headers: { "x-trace": "7" },
        body: "hello",
      },
    });
  });

  it("is SERVING to gRPC's health checks, and has no other method", async () => {
    await using it = await stubbed();
    const target = { addresses: [at(it)], label: "8080" };
    for (const service of ["", "shop.Payments"]) {
      const check = await grpcCheck(service, target)(AbortSignal.timeout(30_000));
      expect(check).toMatchObject({ ok: true });
    }
    const { trailers } = await overGrpc(at(it), "/shop.Payments/Charge");
    expect(trailers["grpc-status"]).toBe("12");
    expect(trailers["grpc-message"]).toContain("default/a is a stub");
  });

  it.each([
    ["PostgreSQL", [0, 0, 0, 8, 4, 210, 22, 47]],
    ["Redis", [..."*1\r\n$4\r\nPING\r\n"].map((c) => c.charCodeAt(0))],
    ["TLS", [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]],
    ["P and no HTTP/2", [0x50, 0, 0, 0]],
    ["a CONNECT that is no HTTP", [..."CONNECT {}\r\n"].map((c) => c.charCodeAt(0))],
    ["CONNECT", [..."CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n"].map((c) => c.charCodeAt(0))],
  ])("accepts a client of %s and closes", async (_, words) => {
    await using it = await stubbed();
    expect(await conversation(at(it), Uint8Array.from(words))).toBe("");
  });

  it("closes a connection whose client waits for it to speak first", async () => {
    await using it = await stubbed();
    expect(await conversation(at(it), new Uint8Array())).toBe("");
  });

  it("answers at every port that is declared, sidecars' too, and each knows which it is", async () => {
    await using it = await stubbed({
      containers: [
        { name: "main", ports: [{ containerPort: 8080 }, { containerPort: 9090 }] },
        { name: "quiet" },
      ],
      initContainers: [
        { name: "side", restartPolicy: "Always", ports: [{ containerPort: 15_000 }] },
        { name: "once", ports: [{ containerPort: 7 }] },
      ],
    });
    for (const [port, container] of [
      [8080, "main"],
      [9090, "main"],
      [15_000, "side"],
    ] as const) {
      const answer = await (await fetch(urlOf(at(it, port)))).json();
      expect(answer).toMatchObject({ container, port });
    }
    // A container that declares none may listen anywhere.
    expect(await (await fetch(urlOf(at(it, 4000)))).json()).not.toHaveProperty("port");
  });

  it("sends datagrams back", async () => {
    await using it = await stubbed({
      containers: [{ name: "main", ports: [{ containerPort: 53, protocol: "UDP" }] }],
    });
    const { host, port } = at(it, 53);
    const socket = createSocket("udp4");
    const answered = once(socket, "message");
    socket.send("anyone?", port, host);
    expect(String((await answered)[0])).toBe("anyone?");
    socket.close();
    const check = await tcpCheck({ addresses: [{ host, port }], label: "53" })(
      AbortSignal.timeout(30_000),
    );
    expect(check.ok).toBe(false);
  });

  it("has nothing listening when its object is gone", async () => {
    await using it = await stubbed();
    const address = at(it);
    const kept = connect(address);
    await once(kept, "connect");
    const ended = once(kept, "close");
    kept.on("error", () => {});
    it.store.apply([{ op: "delete", key: { kind: "Pod", namespace: "default", name: "a" } }]);
    await it.until("stopped", () => it.events.some(({ type }) => type === "stopped"));
    await ended;
    const check = await tcpCheck({ addresses: [address], label: "" })(AbortSignal.timeout(30_000));
    expect(check.ok).toBe(false);
  });

  it("of a job has done its work at once", async () => {
    await using it = scene(
      [podNamed("a", { restartPolicy: "Never", containers: [{ name: "m" }] })],
      {
        stub: [everyPod],
      },
    );
    await it.until("done", () => it.pod("a").status?.phase === "Succeeded");
    expect(podStatus(it.pod("a"))).toBe("Completed");
  });

  it("costs no process: a hundred of them answer", async () => {
    const names = Array.from({ length: 100 }, (_, i) => `p${i}`);
    await using it = scene(
      names.map((name) => podNamed(name)),
      { stub: [everyPod] },
    );
    await it.until("all ready", () => names.every((name) => it.ready(name)));
    expect(it.pids()).toEqual([]);
    const { podIP = "" } = it.pod("p99").status ?? {};
    const answer = await fetch(urlOf(it.runtime.localAddressOf(podIP, 8080)!));
    expect(await answer.json()).toMatchObject({ pod: "p99" });
  });
});

async function overHttp2(
  address: LocalAddress,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<{ status: number | undefined; body: string }> {
  const session = connectHttp2(urlOf(address));
  const method = body === undefined ? "GET" : "POST";
  const stream = session.request({ ":method": method, ...headers });
  stream.end(body);
  const [response] = await once(stream, "response");
  const read = await text(stream);
  session.close();
  return { status: response[":status"], body: read };
}

async function overGrpc(address: LocalAddress, path: string) {
  const session = connectHttp2(urlOf(address));
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.end(Buffer.alloc(5));
  const [trailers] = await once(stream, "response");
  stream.resume();
  await once(stream, "close");
  session.close();
  return { trailers: trailers as Readonly<Record<string, string>> };
}
