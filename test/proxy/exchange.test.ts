import { once } from "node:events";
import http2, { type IncomingHttpHeaders } from "node:http2";
import net from "node:net";
import { describe, expect, test, vi } from "vitest";
import type { GatewayOptions } from "../../src/proxy/gateway.ts";
import { dataFrame, END_STREAM, headersFrame } from "./frames.ts";
import { type Asked, INBOUND, OUTBOUND, Pair } from "./pairs.ts";
import {
  type AskedSocket,
  http1SocketPod,
  http2SocketPod,
  type Opened,
  openOverHttp1,
  openOverHttp2,
} from "./websockets.ts";

const { constants } = http2;
/** What a gRPC client reads for a status of HTTP. */
const UNAVAILABLE = "14";
/** Concurrent cells have no `expect.poll`. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 120_000 });
const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const ok = (asked: Asked) => {
  void asked.body().then(() => asked.end("ok"));
};

/**
 * What every pair of protocols does alike: a cell is one behaviour of one pair. A rule of `src/proxy/exchange`
 * that is changed turns cells of every pair red.
 */
interface Cell {
  readonly does: string;
  /** Only for pairs where it can happen. */
  readonly on?: (pair: Pair) => boolean;
  run(pair: Pair): Promise<void>;
}

/** The status that this client reads: gRPC has one of its own for refusals. */
function expectRefused(
  pair: Pair,
  { status, headers }: { status: number; headers: object },
  http: number,
): void {
  if (pair.inbound !== "gRPC") expect(status).toBe(http);
  else expect(headers).toMatchObject({ "grpc-status": UNAVAILABLE });
}

const toHttp2 = ({ outbound }: Pair) => outbound === "HTTP/2";

/** A WebSocket through the gateway to a pod that takes them. */
async function webSocket(
  pair: Pair,
  serve: (asked: AskedSocket) => void,
  options: Partial<GatewayOptions> = {},
): Promise<Opened> {
  const server = pair.outbound === "HTTP/2" ? http2SocketPod(serve) : http1SocketPod(serve);
  pair.serve([await pair.cluster.pod(server)]);
  pair.gateway = await pair.cluster.gateway(options);
  return pair.inbound === "HTTP/2"
    ? openOverHttp2(pair.session())
    : openOverHttp1(pair.gateway.port);
}

/** Sends bytes, and more of them when a pod was asked. @returns everything that comes back. */
async function raw(port: number, bytes: string, more: string, asked: unknown[]): Promise<string> {
  const before = asked.length;
  const client = net.connect({ host: "127.0.0.1", port });
  let got = "";
  client.on("error", () => {});
  client.setEncoding("latin1").on("data", (text) => {
    got += text;
  });
  client.write(bytes);
  await eventually(() => expect(asked.length).toBeGreaterThan(before));
  await passed(100);
  client.write(more);
  await new Promise((resolve) => client.once("close", resolve));
  return got;
}

const LIMITS: readonly Cell[] = [
  {
    does: "gives a pod up that doesn't answer within responseTime, and tells it",
    async run(pair) {
      let gone: Promise<number> | undefined;
      await pair.start(
        [
          (asked) => {
            gone = asked.gone;
          },
        ],
        {
          limits: { responseTime: 300 },
        },
      );
      expectRefused(pair, await pair.ask(), 504);
      await gone;
      expect(pair.gateway.events).toMatchObject([{ status: 504, pod: "pod-1", attempts: 1 }]);
    },
  },
  {
    does: "counts responseTime from the end of the request",
    async run(pair) {
      await pair.start([ok], { limits: { responseTime: 500 } });
      const call = pair.call({ method: "POST", hasBody: true });
      call.write("x");
      await passed(1_500);
      call.end();
      expect(await call.outcome).toMatchObject({ status: 200, body: "ok" });
    },
  },
  {
    does: "breaks an answer off in which nothing comes for streamIdleTime",
    async run(pair) {
      let gone: Promise<number> | undefined;
      const pod = (asked: Asked) => {
        gone = asked.gone;
        asked.respond(200);
        asked.write("half");
      };
      await pair.start([pod], { limits: { streamIdleTime: 300 } });
      const outcome = await pair.ask();
      expectBrokenOff(pair, outcome);
      await gone;
      expect(pair.gateway.events).toMatchObject([{ status: 200, aborted: "endpoint" }]);
    },
  },
  {
    does: "refuses a request in which nothing comes for streamIdleTime",
    async run(pair) {
      let gone: Promise<number> | undefined;
      const pod = (asked: Asked) => {
        gone = asked.gone;
        void asked.body();
      };
      await pair.start([pod], { limits: { streamIdleTime: 300 } });
      const call = pair.call({ method: "POST", hasBody: true });
      call.write("half");
      expectRefused(pair, await call.outcome, 408);
      await gone;
    },
  },
  {
    does: "lets an answer go on in which something comes now and then",
    async run(pair) {
      const pod = async (asked: Asked) => {
        asked.respond(200);
        for (let i = 0; i < 8; i++) {
          asked.write("x");
          await passed(250);
        }
        asked.end();
      };
      await pair.start([pod], { limits: { streamIdleTime: 1_200, responseTime: 1_200 } });
      expect(await pair.ask()).toMatchObject({ status: 200, body: "xxxxxxxx", whole: true });
    },
  },
  {
    does: "refuses a request whose body stops for stallTime, and tells the pod",
    async run(pair) {
      let gone: Promise<number> | undefined;
      const pod = (asked: Asked) => {
        gone = asked.gone;
        void asked.body();
      };
      await pair.start([pod], { limits: { stallTime: 300 } });
      const call = pair.call({ method: "POST", hasBody: true });
      call.write("half");
      expectRefused(pair, await call.outcome, 408);
      await gone;
    },
  },
  {
    does: "blames a pod that takes nothing of a request for stallTime",
    async run(pair) {
      await pair.start([() => {}], { limits: { stallTime: 500 } });
      const call = pair.call({ method: "POST", hasBody: true });
      call.write(Buffer.alloc(30_000_000));
      const outcome = await call.outcome;
      if (outcome.status !== 0) expectRefused(pair, outcome, 504);
      expect(pair.gateway.events).toMatchObject([{ status: 504, pod: "pod-1" }]);
      expect(pair.gateway.events[0]?.refusal?.reason).toContain("took nothing of the request");
    },
  },
  {
    does: "breaks an answer off that the client doesn't take for stallTime",
    async run(pair) {
      let gone: Promise<number> | undefined;
      const pod = (asked: Asked) => {
        gone = asked.gone;
        asked.respond(200);
        for (let i = 0; i < 40; i++) asked.write(Buffer.alloc(1_000_000, "x"));
      };
      await pair.start([pod], { limits: { stallTime: 500 } });
      const call = pair.call();
      await call.head;
      call.pause();
      await gone;
      await eventually(() => expect(pair.gateway.events).toMatchObject([{ aborted: "client" }]));
      call.leave();
    },
  },
  {
    does: "lets an answer that has begun be silent for longer than stallTime and responseTime",
    async run(pair) {
      const pod = (asked: Asked) => {
        asked.respond(200);
        asked.write("first ");
        setTimeout(() => asked.end("second"), 4_000);
      };
      await pair.start([pod], { limits: { stallTime: 1_500, responseTime: 1_500 } });
      expect(await pair.ask()).toMatchObject({ body: "first second", whole: true });
    },
  },
  {
    does: "has no limits where they are 0",
    async run(pair) {
      const limits = { responseTime: 0, streamIdleTime: 0, stallTime: 0 };
      await pair.start(
        [(asked) => void asked.body().then(() => setTimeout(() => asked.end("ok"), 1_000))],
        { limits },
      );
      const call = pair.call({ method: "POST", hasBody: true });
      call.write("x");
      await passed(1_000);
      call.end();
      expect(await call.outcome).toMatchObject({ status: 200, body: "ok" });
    },
  },
];

/** Answers the first request of each connection; the second one breaks it. */
function fickle(seen: string[], deaths = Number.POSITIVE_INFINITY) {
  return async (asked: Asked) => {
    const body = await asked.body();
    seen.push(`${asked.method} ${body.length}`);
    if (asked.nth === 2 && deaths-- > 0) asked.die();
    else asked.end("ok");
  };
}

function expectBrokenOff(
  pair: Pair,
  outcome: { whole: boolean; code: number; body: string; trailers: object },
): void {
  expect(outcome.body).toBe("half");
  if (pair.inbound === "gRPC") {
    expect(outcome).toMatchObject({ whole: true, trailers: { "grpc-status": UNAVAILABLE } });
  } else {
    expect(outcome.whole).toBe(false);
    if (pair.inbound === "HTTP/2") expect(outcome.code).toBe(constants.NGHTTP2_INTERNAL_ERROR);
  }
}

const RESENDS: readonly Cell[] = [
  ...(
    [
      ["GET", undefined, true],
      ["DELETE", undefined, true],
      ["PUT", 1_000, true],
      ["PUT", 65_000, true],
      ["PUT", 70_000, false],
      ["POST", 100, false],
      ["PATCH", 100, false],
    ] as const
  ).map(([method, bytes, again]) => ({
    does: `${again ? "sends" : "doesn't send"} ${method} with ${bytes ?? 0} bytes again when a kept connection ends`,
    async run(pair: Pair) {
      const seen: string[] = [];
      await pair.start([fickle(seen)]);
      expect((await pair.ask()).body).toBe("ok");
      const body = bytes === undefined ? undefined : "x".repeat(bytes);
      const outcome = await pair.ask(method, body);
      if (again) expect(outcome).toMatchObject({ status: 200, body: "ok" });
      else expectRefused(pair, outcome, 502);
      const sent = seen.slice(1);
      expect(sent).toEqual(Array(again ? 2 : 1).fill(`${method} ${bytes ?? 0}`));
      expect(pair.gateway.events[1]).toMatchObject({ attempts: again ? 2 : 1 });
    },
  })),
  {
    does: "sends a request again once, to another pod",
    async run(pair) {
      const names: string[] = [];
      const pod = (name: string) => (asked: Asked) => {
        names.push(name);
        if (asked.nth > 1) asked.die();
        else asked.end("ok");
      };
      await pair.start([pod("a"), pod("b")]);
      // Both have a kept connection now.
      while (new Set(names).size < 2) await pair.ask();
      names.length = 0;
      const outcomes = [];
      for (let i = 0; i < 10; i++) outcomes.push(await pair.ask());
      for (const event of pair.gateway.events.slice(-10)) {
        expect(event.attempts).toBeLessThanOrEqual(2);
      }
      expect(outcomes.some(({ body }) => body === "ok")).toBe(true);
    },
  },
  {
    does: "never sends a request again to the pod that broke it while there is another",
    async run(pair) {
      const names: string[] = [];
      const pod = (name: string) => (asked: Asked) => {
        names.push(name);
        if (asked.nth > 1) asked.die();
        else asked.end("ok");
      };
      await pair.start([pod("a"), pod("b")]);
      for (let resent = 0; resent < 12; ) {
        names.length = 0;
        await pair.ask();
        if (names.length < 2) continue;
        resent++;
        expect(new Set(names.slice(0, 2))).toEqual(new Set(["a", "b"]));
      }
    },
  },
  {
    does: "sends nothing again that broke twice",
    async run(pair) {
      const seen: number[] = [];
      const pod = (asked: Asked) => {
        seen.push(asked.nth);
        if (seen.length > 1) asked.die();
        else asked.end("ok");
      };
      await pair.start([pod]);
      await pair.ask();
      expectRefused(pair, await pair.ask(), 502);
      expect(seen).toEqual([1, 2, 1]);
    },
  },
  {
    does: "sends nothing again that broke on a new connection",
    async run(pair) {
      let asked = 0;
      await pair.start([
        (call) => {
          asked++;
          call.die();
        },
      ]);
      expectRefused(pair, await pair.ask(), 502);
      expect(asked).toBe(1);
    },
  },
  {
    does: "sends nothing again after an interim answer",
    async run(pair) {
      const seen: number[] = [];
      const pod = (asked: Asked) => {
        seen.push(asked.nth);
        if (asked.nth === 1) return asked.end("ok");
        asked.interim(103);
        setTimeout(() => asked.die(), 50);
      };
      await pair.start([pod]);
      await pair.ask();
      expectRefused(pair, await pair.ask(), 502);
      expect(seen).toEqual([1, 2]);
    },
  },
  {
    does: "sends nothing again in strict mode",
    async run(pair) {
      const seen: string[] = [];
      await pair.start([fickle(seen)], { strict: true });
      await pair.ask();
      expectRefused(pair, await pair.ask(), 502);
      expect(seen).toHaveLength(2);
    },
  },
  {
    does: "sends what a pod refused to another stream, whatever the method",
    on: toHttp2,
    async run(pair) {
      const bodies: string[] = [];
      const pod = async (asked: Asked) => {
        bodies.push(await asked.body());
        if (bodies.length === 1) asked.stream?.close(constants.NGHTTP2_REFUSED_STREAM);
        else asked.end("ok");
      };
      await pair.start([pod]);
      expect(await pair.ask("POST", "hello")).toMatchObject({ status: 200, body: "ok" });
      expect(bodies).toEqual(["hello", "hello"]);
      expect(pair.gateway.events).toMatchObject([{ attempts: 2 }]);
    },
  },
  {
    does: "sends nothing again that was refused and then broke",
    on: toHttp2,
    async run(pair) {
      let asked = 0;
      const pod = (call: Asked) => {
        asked++;
        if (asked === 1) call.end("ok");
        else if (asked === 2) call.stream?.close(constants.NGHTTP2_REFUSED_STREAM);
        else call.die();
      };
      await pair.start([pod]);
      await pair.ask();
      expectRefused(pair, await pair.ask(), 502);
      expect(asked).toBe(3);
    },
  },
  {
    does: "gives up when pods refuse for the sixth time",
    on: toHttp2,
    async run(pair) {
      let asked = 0;
      await pair.start([
        (call) => {
          asked++;
          call.stream?.close(constants.NGHTTP2_REFUSED_STREAM);
        },
      ]);
      expectRefused(pair, await pair.ask(), 502);
      expect(asked).toBe(6);
    },
  },
  {
    does: "sends nothing that was refused again in strict mode",
    on: toHttp2,
    async run(pair) {
      let asked = 0;
      const pod = (call: Asked) => {
        asked++;
        call.stream?.close(constants.NGHTTP2_REFUSED_STREAM);
      };
      await pair.start([pod], { strict: true });
      expectRefused(pair, await pair.ask(), 502);
      expect(asked).toBe(1);
    },
  },
  {
    does: "sends what a GOAWAY leaves out on a new session",
    on: toHttp2,
    async run(pair) {
      let waiting: Asked[] = [];
      const pod = (asked: Asked) => {
        void asked.body();
        if (asked.connection > 0) return asked.end("second");
        if (asked.nth === 1 && waiting.length === 0 && asked.headers["x-warm"] !== undefined) {
          return asked.end("warm");
        }
        waiting.push(asked);
        if (waiting.length < 8) return;
        const [first] = waiting;
        const id = first?.stream?.id ?? 0;
        first?.stream?.session?.goaway(constants.NGHTTP2_NO_ERROR, id);
        first?.end("first");
        waiting = [];
      };
      await pair.start([pod]);
      await pair.ask("GET", undefined, { "x-warm": "1" });
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => pair.ask("POST", "x")));
      expect(outcomes.map(({ body }) => body).sort()).toEqual([
        "first",
        ...Array(7).fill("second"),
      ]);
    },
  },
  {
    does: "keeps to the streams that a pod allows, from the first on",
    on: toHttp2,
    async run(pair) {
      let now = 0;
      let most = 0;
      const server = http2.createServer({ settings: { maxConcurrentStreams: 10 } });
      const sessions = new Map<unknown, number>();
      server.on("sessionError", () => {});
      server.on("stream", (stream) => {
        const count = (sessions.get(stream.session) ?? 0) + 1;
        sessions.set(stream.session, count);
        now++;
        most = Math.max(most, count);
        stream.on("error", () => {});
        stream.resume().on("end", () =>
          setTimeout(() => {
            sessions.set(stream.session, (sessions.get(stream.session) ?? 0) - 1);
            now--;
            stream.respond({ ":status": 200 });
            stream.end("ok");
          }, 30),
        );
      });
      pair.serve([await pair.cluster.pod(server)]);
      pair.gateway = await pair.cluster.gateway();
      const outcomes = await Promise.all(Array.from({ length: 40 }, () => pair.ask("POST", "x")));
      expect(outcomes.filter(({ body }) => body !== "ok")).toEqual([]);
      expect(most).toBeLessThanOrEqual(10);
      expect(now).toBe(0);
      expect(pair.gateway.events.map(({ attempts }) => attempts)).toEqual(Array(40).fill(1));
    },
  },
  {
    does: "passes over pods that refuse connections, whatever the method",
    async run(pair) {
      const pods = await pair.start([
        ok,
        (asked) => void asked.body().then(() => asked.end("alive")),
      ]);
      await pods[0]?.kill();
      for (const method of ["GET", "POST", "POST", "POST", "POST", "POST", "POST"]) {
        const outcome = await pair.ask(method, method === "POST" ? "x" : undefined);
        expect(outcome).toMatchObject({ status: 200, body: "alive" });
      }
    },
  },
  {
    does: "takes one choice and what comes of it in strict mode",
    async run(pair) {
      const pods = await pair.start([ok, ok], { strict: true });
      await pods[0]?.kill();
      for (let i = 0; i < 24; i++) await pair.ask();
      const events = pair.gateway.events;
      expect(new Set(events.map(({ attempts }) => attempts))).toEqual(new Set([1]));
      expect(new Set(events.map(({ status }) => status))).toEqual(new Set([200, 502]));
    },
  },
  {
    does: "says which pod could not be connected to",
    async run(pair) {
      const pods = await pair.start([ok]);
      await pods[0]?.kill();
      expectRefused(pair, await pair.ask(), 502);
      expect(pair.gateway.events).toMatchObject([
        { attempts: 1, refusal: { code: "connect-failed" } },
      ]);
      pair.serve([]);
      expectRefused(pair, await pair.ask(), 503);
    },
  },
];

const ANSWERS: readonly Cell[] = [
  {
    does: "counts an endpoint as busy from the choice to the end, and notes its answer time",
    async run(pair) {
      let answer: Asked | undefined;
      await pair.start([
        (asked) => {
          answer = asked;
        },
      ]);
      const outcome = pair.ask();
      await eventually(() => expect(answer).toBeDefined());
      expect(pair.loads).toEqual([1]);
      await passed(60);
      answer?.respond(200);
      answer?.write("x");
      answer?.end();
      expect((await outcome).whole).toBe(true);
      const service = pair.cluster.store.get("Service", "shop", "web");
      const port = service?.spec.ports?.[0];
      if (service === undefined || port === undefined) throw new Error("no Service");
      const [backend] = pair.cluster.balancer.portOf(service, port).table.all;
      // A peak counts at once and in full; new endpoints begin with 30.
      expect(backend?.load.ewma).toBeGreaterThan(45);
    },
  },
  {
    does: "passes interim answers on, and the answer after them",
    async run(pair) {
      const pod = (asked: Asked) => {
        asked.interim(103);
        asked.interim(103);
        setTimeout(() => asked.end("ok"), 30);
      };
      await pair.start([pod]);
      expect(await pair.ask()).toMatchObject({ interim: [103, 103], status: 200, body: "ok" });
    },
  },
  {
    does: "makes a 502 of too many interim answers",
    async run(pair) {
      const pod = (asked: Asked) => {
        for (let i = 0; i < 1_100; i++) {
          if (asked.stream?.closed || asked.stream?.destroyed) return;
          asked.interim(103);
        }
      };
      await pair.start([pod]);
      const outcome = await pair.ask();
      expectRefused(pair, outcome, 502);
      const most = pair.inbound === "HTTP/1.1" && pair.outbound === "HTTP/1.1" ? 1_000 : 100;
      expect(outcome.interim).toHaveLength(most);
      expect(pair.gateway.events).toMatchObject([{ refusal: { code: "upstream-failed" } }]);
    },
  },
  ...[204, 205, 304].map((status) => ({
    does: `passes ${status} on without content`,
    async run(pair: Pair) {
      await pair.start([
        (asked) => {
          asked.respond(status, status === 205 ? { "content-length": "0" } : { "x-a": "1" });
          asked.end();
        },
      ]);
      for (let i = 0; i < 3; i++) {
        const outcome = await pair.ask();
        expect(outcome).toMatchObject({ status, body: "", whole: true });
        if (status === 204) expect(outcome.headers).not.toHaveProperty("content-length");
      }
    },
  })),
  {
    does: "answers HEAD with the length of a body and none",
    on: ({ inbound }) => inbound !== "gRPC",
    async run(pair) {
      await pair.start([
        (asked) => {
          asked.respond(200, { "content-length": "1234" });
          asked.end();
        },
      ]);
      for (let i = 0; i < 3; i++) {
        expect(await pair.ask("HEAD")).toMatchObject({
          status: 200,
          headers: { "content-length": "1234" },
          body: "",
          whole: true,
        });
      }
    },
  },
  {
    does: "passes trailers on both ways, and nothing in them that belongs in a head",
    async run(pair) {
      let seen: object = {};
      const odd = {
        "x-sum": "42",
        "x-forwarded-for": "6.6.6.6",
        authorization: "x",
        "set-cookie": "a=b",
        cookie: "a=b",
        "max-forwards": "1",
        forwarded: "for=x",
      };
      const pod = async (asked: Asked) => {
        await asked.body();
        seen = asked.trailers();
        asked.respond(200, { "x-head": "1", trailer: "x-sum" });
        asked.write("body");
        asked.end(undefined, odd);
      };
      await pair.start([pod]);
      const call = pair.call({ method: "POST", hasBody: true });
      call.end("x", odd);
      const outcome = await call.outcome;
      expect(outcome).toMatchObject({ status: 200, body: "body", whole: true });
      for (const trailers of [seen, outcome.trailers]) {
        expect(Object.fromEntries(Object.entries(trailers))).toEqual({ "x-sum": "42" });
      }
    },
  },
  {
    does: "breaks an answer off that its pod breaks off, and doesn't take that for the client's doing",
    async run(pair) {
      const pod = (asked: Asked) => {
        asked.respond(200);
        asked.write("half");
        setTimeout(() => asked.die(), 100);
      };
      await pair.start([pod]);
      const outcome = await pair.ask();
      expectBrokenOff(pair, outcome);
      if (pair.inbound === "gRPC") {
        const message = decodeURIComponent(String(outcome.trailers["grpc-message"]));
        expect(message).toMatch(/^pod-1 \(10\.244\.0\.1:8080\) broke off/);
      }
      expect(pair.gateway.events).toMatchObject([{ status: 200, aborted: "endpoint" }]);
    },
  },
  {
    does: "passes the code on with which a pod resets its stream",
    on: (pair) => toHttp2(pair) && pair.inbound === "HTTP/2",
    async run(pair) {
      const pod = (asked: Asked) => {
        asked.respond(200);
        asked.write("half");
        setTimeout(() => asked.stream?.close(constants.NGHTTP2_ENHANCE_YOUR_CALM), 50);
      };
      await pair.start([pod]);
      expect(await pair.ask()).toMatchObject({ code: constants.NGHTTP2_ENHANCE_YOUR_CALM });
    },
  },
  ...(["before", "in the middle of"] as const).map((when) => ({
    does: `tells a pod that its client left ${when} the answer`,
    async run(pair: Pair) {
      let asked: Asked | undefined;
      const pod = (call: Asked) => {
        asked = call;
        if (when === "before") return;
        call.respond(200);
        call.write("x");
      };
      await pair.start([pod]);
      const call = pair.call();
      if (when === "before") await eventually(() => expect(asked).toBeDefined());
      else await call.head;
      call.leave(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      const code = await asked?.gone;
      // A client's own code is passed on; what has none is CANCEL.
      if (pair.outbound === "HTTP/2") {
        const own = pair.inbound !== "HTTP/1.1";
        expect(code).toBe(own ? constants.NGHTTP2_ENHANCE_YOUR_CALM : constants.NGHTTP2_CANCEL);
      }
      await eventually(() => expect(pair.gateway.events).toMatchObject([{ aborted: "client" }]));
    },
  })),
  {
    does: "passes an answer on that comes before the end of the request, and lets go of the rest",
    async run(pair) {
      const connections: number[] = [];
      const pod = (asked: Asked) => {
        connections.push(asked.connection);
        asked.respond(413);
        asked.end("too much");
      };
      await pair.start([pod]);
      const call = pair.call({ method: "POST", hasBody: true });
      call.write("x");
      await call.head;
      call.end();
      expect(await call.outcome).toMatchObject({ status: 413, body: "too much" });
      expect(await pair.ask()).toMatchObject({ status: 413, body: "too much" });
      // What may still be sent of the first request must not be taken for the next one.
      if (pair.outbound === "HTTP/1.1") expect(connections).toEqual([0, 1]);
    },
  },
  {
    does: "streams both ways at once, without holding anything back",
    async run(pair) {
      const pod = (asked: Asked) => {
        asked.respond(200);
        if (asked.stream !== undefined) {
          asked.stream.on("data", (chunk) => asked.write(chunk));
          asked.stream.on("end", () => asked.end());
        }
      };
      if (pair.outbound === "HTTP/1.1") return;
      await pair.start([pod]);
      const call = pair.call({ method: "POST", hasBody: true });
      call.write("one ");
      await call.head;
      call.write("two ");
      call.end("three");
      expect(await call.outcome).toMatchObject({ body: "one two three", whole: true });
    },
  },
  ...[600, 999, 99].map((status) => ({
    does: `makes a 502 of the status ${status}, which HTTP doesn't know`,
    async run(pair: Pair) {
      const text = String(status).padStart(3, "0");
      await pair.startRaw(`HTTP/1.1 ${text} Odd\r\nContent-Length: 2\r\n\r\nok`, (id) => [
        headersFrame(id, { ":status": text }),
        dataFrame(id, "ok", END_STREAM),
      ]);
      for (let i = 0; i < 2; i++) expectRefused(pair, await pair.ask(), 502);
      expect(pair.gateway.events[0]).toMatchObject({ refusal: { code: "upstream-failed" } });
    },
  })),
  {
    does: "makes a 502 of a switch of protocols that nobody asked for",
    async run(pair) {
      await pair.startRaw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", (id) => [
        headersFrame(id, { ":status": "101" }),
      ]);
      expectRefused(pair, await pair.ask(), 502);
      expect(pair.gateway.events).toMatchObject([{ refusal: { code: "upstream-failed" } }]);
    },
  },
  {
    does: "joins both sides of a WebSocket, and has the endpoint busy until both have ended",
    on: ({ inbound }) => inbound !== "gRPC",
    async run(pair) {
      const { socket } = await webSocket(pair, ({ accept }) => {
        const asked = accept();
        asked.pipe(asked);
      });
      socket.write("hello");
      expect(String((await once(socket.resume(), "data"))[0])).toBe("hello");
      expect(pair.loads).toEqual([1]);
      expect(pair.gateway.events).toEqual([]);
      socket.end();
      await eventually(() =>
        expect(pair.gateway.events).toMatchObject([
          { kind: "upgrade", status: 101, bytes: 5, pod: "pod-1" },
        ]),
      );
    },
  },
  {
    does: "cuts a WebSocket off in which nothing moves for streamIdleTime, on both sides",
    on: ({ inbound }) => inbound !== "gRPC",
    async run(pair) {
      const gone: Promise<void>[] = [];
      const limits = { streamIdleTime: 500 };
      const pod = (asked: AskedSocket) => {
        gone.push(asked.gone);
        asked.accept();
      };
      const { socket } = await webSocket(pair, pod, { limits });
      socket.resume().once("end", () => socket.end());
      await Promise.all([...gone, new Promise((resolve) => socket.once("close", resolve))]);
      expect(gone).toHaveLength(1);
    },
  },
  {
    does: "lets nothing of an answer through where there can be no content",
    async run(pair) {
      await pair.startRaw("HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok", (id) => [
        headersFrame(id, { ":status": "205", "content-length": "2" }),
        dataFrame(id, "ok", END_STREAM),
      ]);
      for (let i = 0; i < 3; i++) {
        const outcome = await pair.ask();
        expect(outcome).toMatchObject({ status: 205, body: "", whole: true });
        expect(outcome.headers["content-length"] ?? "0").toBe("0");
      }
      expect(pair.gateway.events.map(({ bytes }) => bytes)).toEqual([0, 0, 0]);
    },
  },
  ...[204, 304].map((status) => ({
    does: `lets nothing through that follows a ${status}`,
    on: toHttp2,
    async run(pair: Pair) {
      await pair.startRaw("", (id) => [
        headersFrame(id, { ":status": `${status}` }),
        dataFrame(id, "ok", END_STREAM),
      ]);
      for (let i = 0; i < 3; i++) {
        expect(await pair.ask()).toMatchObject({ status, body: "", whole: true });
      }
      expect(pair.gateway.events.map(({ bytes }) => bytes)).toEqual([0, 0, 0]);
    },
  })),
  {
    does: "tells pods who asked, and believes only those who may say so",
    async run(pair) {
      const seen: IncomingHttpHeaders[] = [];
      const pod = (asked: Asked) => {
        seen.push(asked.headers);
        asked.end("ok");
      };
      await pair.start([pod], { trustForwarded: "never" });
      const said = { "x-forwarded-for": "192.0.2.1", forwarded: "for=192.0.2.1" };
      await pair.ask("GET", undefined, said);
      pair.gateway = await pair.cluster.gateway({ trustForwarded: "always" });
      pair.leave();
      await pair.ask("GET", undefined, said);
      expect(seen).toMatchObject([
        { "x-forwarded-for": "127.0.0.1", "x-forwarded-host": "web.shop" },
        { "x-forwarded-for": "192.0.2.1, 127.0.0.1", forwarded: "for=192.0.2.1" },
      ]);
      expect(seen[0]).not.toHaveProperty("forwarded");
    },
  },
  {
    does: "tells the balancer of each new connection, and of no kept one",
    async run(pair) {
      await pair.start([ok]);
      const connected = vi.spyOn(pair.cluster.balancer, "connected");
      for (let i = 0; i < 3; i++) expect((await pair.ask()).body).toBe("ok");
      expect(connected).toHaveBeenCalledTimes(1);
    },
  },
  {
    does: "refuses a body that is none, and breaks off what was answered to it",
    on: ({ inbound }) => inbound === "HTTP/1.1",
    async run(pair) {
      const gone: Promise<number>[] = [];
      const pod = (asked: Asked) => {
        gone.push(asked.gone);
        void asked.body();
        if (asked.headers["x-early"] !== undefined) asked.respond(200);
      };
      await pair.start([pod]);
      const ask = (more: string) =>
        raw(
          pair.gateway.port,
          `POST / HTTP/1.1\r\nHost: web.shop\r\n${more}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n`,
          "no chunk\r\n",
          gone,
        );
      expect(await ask("")).toMatch(/^HTTP\/1\.1 400 [\s\S]*not properly chunked/);
      expect(await ask("X-Early: 1\r\n")).toMatch(/^HTTP\/1\.1 200 /);
      await Promise.all(gone);
      expect(gone).toHaveLength(2);
      expect(pair.gateway.events).toMatchObject([
        { status: 400 },
        { status: 200, aborted: "client" },
      ]);
    },
  },
  {
    does: "gives a client its session's cookie",
    async run(pair) {
      await pair.start([ok]);
      const service = pair.cluster.store.get("Service", "shop", "web");
      if (service === undefined) throw new Error("no Service");
      const annotations = { "kubelane.dev/session-affinity": "cookie" };
      pair.cluster.store.apply([
        { op: "put", object: { ...service, metadata: { ...service.metadata, annotations } } },
      ]);
      const { headers } = await pair.ask();
      expect(String(headers["set-cookie"])).toMatch(/^kubelane-session=/);
    },
  },
];

describe.each(INBOUND)("%s clients", (inbound) => {
  // gRPC knows nothing but HTTP/2.
  const outbounds = inbound === "gRPC" ? (["HTTP/2"] as const) : OUTBOUND;
  describe.each(outbounds)("of %s pods: the exchange", (outbound) => {
    for (const { does, on, run } of [...LIMITS, ...RESENDS, ...ANSWERS]) {
      test.concurrent(does, { timeout: 120_000 }, async ({ expect: _ }) => {
        await using pair = new Pair(inbound, outbound);
        if (on?.(pair) === false) return;
        await run(pair);
        // Whatever happened, nothing counts as busy in the end.
        await eventually(() => expect(pair.loads.filter((load) => load !== 0)).toEqual([]));
      });
    }
  });
});
