import { once } from "node:events";
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRelays, type Relays } from "../../src/proxy/relays/relays.ts";
import { freePort } from "../support/free-port.ts";
import { TestCluster, type TestGateway, type TestPod } from "./cluster.ts";

type Text = MethodDefinition<string, string>;

function method(name: string, requestStream: boolean, responseStream: boolean): Text {
  const toBytes = (text: string) => Buffer.from(text);
  const toText = (bytes: Buffer) => String(bytes);
  return {
    path: `/shop.Echo/${name}`,
    requestStream,
    responseStream,
    requestSerialize: toBytes,
    requestDeserialize: toText,
    responseSerialize: toBytes,
    responseDeserialize: toText,
  };
}

const ECHO = {
  unary: method("Unary", false, false),
  upload: method("Upload", true, false),
  download: method("Download", false, true),
  both: method("Both", true, true),
};

/** What a client sees of a call. */
interface Outcome {
  readonly messages: readonly string[];
  readonly error?: ServiceError;
}

describe.each(["gateway", "relay"] as const)("gRPC through the %s", (way) => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  let relays: Relays;
  let client: Client;
  /** What pods saw the end of before it was there. */
  let cancelled: string[];

  beforeEach(async () => {
    cluster = new TestCluster();
    cancelled = [];
    const port = await freePort();
    const { store, balancer, dialer } = cluster;
    gateway = await cluster.gateway();
    relays = createRelays({ store, balancer, dialer, localAddress: () => "127.0.0.1" });
    serve([]);
    const target = way === "gateway" ? gateway.port : port;
    client = new Client(`127.0.0.1:${target}`, credentials.createInsecure(), {
      "grpc.default_authority": "web.shop",
      "grpc.enable_http_proxy": 0,
    });

    function serve(pods: readonly TestPod[]): void {
      cluster.serve("web", pods, { spec: { clusterIP: "10.96.0.7", ports: [{ port }] } });
    }
    serving = serve;
  });
  let serving: (pods: readonly TestPod[]) => void;

  async function serve(pods: readonly TestPod[]): Promise<void> {
    serving(pods);
    await relays.settled();
  }

  afterEach(async () => {
    client.close();
    await relays.close(0);
    await cluster[Symbol.asyncDispose]();
  });

  async function pod(name: string): Promise<TestPod> {
    const server = new Server({ "grpc.max_receive_message_length": -1 });
    const watch = (what: string, call: { on(event: "cancelled", listener: () => void): unknown }) =>
      call.on("cancelled", () => cancelled.push(`${name} ${what}`));
    server.addService(ECHO, {
      unary(call: ServerUnaryCall<string, string>, callback: sendUnaryData<string>) {
        watch("unary", call);
        if (call.request === "never") return;
        if (call.request !== "fail") return callback(null, `${name}: ${call.request}`);
        const trailers = new Metadata();
        trailers.set("x-why", "the shop is closed");
        trailers.set("x-bytes-bin", Buffer.from([0, 255, 10, 13]));
        callback({
          code: status.FAILED_PRECONDITION,
          details: "clôsed\n100 %",
          metadata: trailers,
        });
      },
      upload(call: ServerReadableStream<string, string>, callback: sendUnaryData<string>) {
        let size = 0;
        call.on("data", (text: string) => {
          size += text.length;
        });
        call.on("end", () => callback(null, `${name}: ${size}`));
      },
      download(call: ServerWritableStream<string, string>) {
        watch("download", call);
        const [count = 0, then] = call.request.split(" ");
        for (let i = 0; i < Number(count); i++) call.write(`${name}: ${i}`);
        if (then === "fail") call.emit("error", { code: status.DATA_LOSS, details: "lost" });
        else if (then !== "wait") call.end();
      },
      both(call: ServerDuplexStream<string, string>) {
        watch("both", call);
        call.on("data", (text: string) => call.write(`${name}: ${text}`));
        call.on("end", () => call.end());
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    return cluster.attach(port, 8080, () => server.forceShutdown());
  }

  function unary(text: string, deadline?: number): Promise<Outcome> {
    const { path, requestSerialize, responseDeserialize } = ECHO.unary;
    return new Promise((resolve) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        text,
        new Metadata(),
        { ...(deadline && { deadline: Date.now() + deadline }) },
        (error, message) =>
          resolve({ messages: message === undefined ? [] : [message], ...(error && { error }) }),
      );
    });
  }

  const download = (text: string) =>
    client.makeServerStreamRequest(
      ECHO.download.path,
      ECHO.download.requestSerialize,
      ECHO.download.responseDeserialize,
      text,
    );
  const both = () =>
    client.makeBidiStreamRequest(
      ECHO.both.path,
      ECHO.both.requestSerialize,
      ECHO.both.responseDeserialize,
    );

  async function collect(call: NodeJS.ReadableStream): Promise<Outcome> {
    const messages: string[] = [];
    call.on("data", (text: string) => messages.push(text));
    return new Promise((resolve) => {
      call.on("error", (error: ServiceError) => resolve({ messages, error }));
      call.on("end", () => resolve({ messages }));
    });
  }

  test("unary calls, up to 3 MB", async () => {
    await serve([await pod("a")]);
    for (const size of [1, 100_000, 3_000_000]) {
      const { messages, error } = await unary("x".repeat(size));
      expect(error).toBeUndefined();
      expect(messages[0]).toHaveLength(size + 3);
    }
  });

  test("a client's stream of 10,000 messages", async () => {
    await serve([await pod("a")]);
    const answer = await new Promise<Outcome>((resolve) => {
      const call = client.makeClientStreamRequest(
        ECHO.upload.path,
        ECHO.upload.requestSerialize,
        ECHO.upload.responseDeserialize,
        (error, message) => resolve({ messages: [message ?? ""], ...(error && { error }) }),
      );
      for (let i = 0; i < 10_000; i++) call.write("0123456789");
      call.end();
    });
    expect(answer).toEqual({ messages: ["a: 100000"] });
  });

  test("a pod's stream of 10,000 messages", async () => {
    await serve([await pod("a")]);
    const { messages, error } = await collect(download("10000"));
    expect(error).toBeUndefined();
    expect(messages).toHaveLength(10_000);
    expect(messages.at(-1)).toBe("a: 9999");
  });

  test("both streams at once, message by message", async () => {
    await serve([await pod("a")]);
    const call = both();
    for (const text of ["one", "two", "three"]) {
      call.write(text);
      expect(await once(call, "data")).toEqual([`a: ${text}`]);
    }
    call.end();
    const [ended] = await once(call, "status");
    expect(ended).toMatchObject({ code: status.OK });
  });

  test("balances calls by stream through the gateway, by connection through the relay", async () => {
    await serve([await pod("a"), await pod("b"), await pod("c")]);
    const seen = new Map<string, number>();
    for (let i = 0; i < 300; i++) {
      const [text = ""] = (await unary("x")).messages;
      seen.set(text, (seen.get(text) ?? 0) + 1);
    }
    if (way === "relay") {
      expect(seen.size).toBe(1);
      return;
    }
    expect([...seen.keys()].sort()).toEqual(["a: x", "b: x", "c: x"]);
    for (const count of seen.values()) expect(count).toBeGreaterThan(50);
    const streams = new Set<string>();
    for (let i = 0; i < 30; i++) streams.add((await collect(download("1"))).messages[0] ?? "");
    expect(streams.size).toBe(3);
  });

  test("errors come with their status, message and trailers", async () => {
    await serve([await pod("a")]);
    const { error } = await unary("fail");
    expect(error).toMatchObject({ code: status.FAILED_PRECONDITION, details: "clôsed\n100 %" });
    expect(error?.metadata.get("x-why")).toEqual(["the shop is closed"]);
    expect(error?.metadata.get("x-bytes-bin")).toEqual([Buffer.from([0, 255, 10, 13])]);
    const streamed = await collect(download("3 fail"));
    expect(streamed).toMatchObject({ messages: ["a: 0", "a: 1", "a: 2"] });
    expect(streamed.error).toMatchObject({ code: status.DATA_LOSS, details: "lost" });
  });

  test("an unknown method is UNIMPLEMENTED", async () => {
    await serve([await pod("a")]);
    const { requestSerialize, responseDeserialize } = ECHO.unary;
    const error = await new Promise<ServiceError | null>((resolve) => {
      client.makeUnaryRequest(
        "/shop.Echo/None",
        requestSerialize,
        responseDeserialize,
        "x",
        resolve,
      );
    });
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED });
  });

  test("a call that is cancelled is cancelled at the pod", async () => {
    await serve([await pod("a")]);
    const duplex = both();
    duplex.write("x");
    for (const call of [download("1 wait"), duplex]) {
      await once(call, "data");
      call.on("error", () => {});
      call.cancel();
    }
    await expect.poll(() => cancelled.sort()).toEqual(["a both", "a download"]);
    await expect
      .poll(() => gateway.events.filter((event) => event.aborted === "client").length)
      .toBe(way === "gateway" ? 2 : 0);
  });

  test("a deadline ends the call here and there", async () => {
    await serve([await pod("a")]);
    const { error } = await unary("never", 500);
    expect(error).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await expect.poll(() => cancelled).toEqual(["a unary"]);
  });

  test("a pod that dies ends its streams, and the next call reaches another", async () => {
    const pods = [await pod("a"), await pod("b")];
    await serve(pods.slice(0, 1));
    const call = download("1 wait");
    await once(call, "data");
    const broken = once(call, "error").catch((error) => [error]);
    await pods[0]?.kill();
    const [error] = await broken;
    expect([status.UNAVAILABLE, status.CANCELLED, status.INTERNAL]).toContain(error.code);
    await serve(pods.slice(1));
    await expect
      .poll(async () => (await unary("x", 5_000)).messages, { timeout: 120_000 })
      .toEqual(["b: x"]);
  });

  test("no pod is UNAVAILABLE, with the reason through the gateway", async () => {
    const { error } = await unary("x", 5_000);
    expect(error).toMatchObject({ code: status.UNAVAILABLE });
    if (way === "gateway") expect(error?.details).toContain("no Pod in shop has that");
  });
});
