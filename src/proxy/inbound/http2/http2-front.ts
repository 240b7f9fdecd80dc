import http2, { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Client } from "../../../balancer/choice.ts";
import type { Engine } from "../../exchange/engine.ts";
import { addressOf, gatewayClient } from "../../gateway-client.ts";
import { type Front, type Idle, idler } from "../../gateway-context.ts";
import {
  headBytes,
  headerValue,
  isClean,
  joinedValues,
  type RawHeaders,
} from "../../http2/fields.ts";
import { isRefusal, type Refusal, refusal } from "../../refusal.ts";
import type { RoutedRequest } from "../../request-target.ts";
import { ResetBudget } from "./reset-budget.ts";
import { respondRefusal, StreamRequest } from "./stream-request.ts";

/** What an HTTP/2 client with prior knowledge begins with (RFC 9113 section 3.4). */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
const MAX_STREAMS = 256;

/** HTTP/2 from clients without TLS, with prior knowledge: each stream is routed and balanced on its own. */
export function http2Front(engine: Engine): Front {
  const { context } = engine;
  const sessions = new Map<ServerHttp2Session, { streams: number; idleSince: number }>();
  const server = http2.createServer({
    settings: {
      maxConcurrentStreams: MAX_STREAMS,
      enablePush: false,
      // Node tells clients, and holds nobody to it.
      maxHeaderListSize: context.limits.headBytes,
    },
    maxHeaderListPairs: context.limits.headerLines,
  });
  server.on("session", (session) => {
    const use = { streams: 0, idleSince: Date.now() };
    sessions.set(session, use);
    session.on("error", context.onError);
    session.on("close", () => sessions.delete(session));
    if (context.limits.idleTime > 0) {
      session.setTimeout(context.limits.idleTime, () => session.close());
    }
    const client = gatewayClient(addressOf(session.socket), context);
    const resets = new ResetBudget(performance.now());
    const onReset = () => {
      if (resets.spend(performance.now())) return;
      const why = new Error("the client reset too many streams");
      session.destroy(why, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    };
    // node hands the headers over in order as well; its types don't know.
    session.on(
      "stream",
      (stream: ServerHttp2Stream, _headers, flags: number, ...rest: unknown[]) => {
        use.streams++;
        stream.on("close", () => {
          use.streams--;
          use.idleSince = Date.now();
        });
        begin(stream, client, flags, rest[0] as RawHeaders, onReset);
      },
    );
  });
  server.on("sessionError", context.onError);

  function begin(
    stream: ServerHttp2Stream,
    client: Client,
    flags: number,
    raw: RawHeaders,
    onReset: () => void,
  ): void {
    const routed = route(raw);
    if (isRefusal(routed)) {
      stream.on("error", context.onError);
      respondRefusal(stream, raw, routed, context.onError);
      context.onTraffic?.({
        kind: "request",
        protocol: "HTTP/2",
        client: client.address ?? "",
        method: headerValue(raw, ":method") ?? "",
        host: headerValue(raw, ":authority") ?? "",
        path: headerValue(raw, ":path") ?? "",
        attempts: 0,
        duration: 0,
        status: routed.status,
        refusal: routed,
      });
      return;
    }
    const method = headerValue(raw, ":method") ?? "";
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    new StreamRequest(stream, { method, raw, hasBody }, engine, client, routed, onReset).start();
  }

  function route(raw: RawHeaders): RoutedRequest | Refusal {
    const method = headerValue(raw, ":method") ?? "";
    if (method === "CONNECT") {
      return refusal(501, "not-implemented", "tunnels are opened over HTTP/1.1 only");
    }
    if (!isClean(raw)) return refusal(400, "bad-request", "a header with a line break in it");
    if (headBytes(raw) > context.limits.headBytes) {
      const reason = `the request's head is longer than ${context.limits.headBytes} bytes`;
      return refusal(431, "too-large", reason);
    }
    const path = headerValue(raw, ":path") ?? "";
    const authority = headerValue(raw, ":authority");
    const host = headerValue(raw, "host");
    if (!/^(?:\/[\x21-\x7e]*|\*)$/.test(path)) {
      return refusal(400, "bad-request", "the :path is neither printable ASCII from / on nor *");
    }
    // RFC 9113 section 8.3.1: pods would go by one or by the other.
    if (host !== undefined && authority !== undefined && !equal(host, authority)) {
      return refusal(400, "bad-request", "the Host header is another one than the :authority");
    }
    return engine.route(method, path, authority ?? host, (name) => joinedValues(raw, name));
  }

  return {
    serve(client, first) {
      // What was read already stands where the session looks for it.
      const socket = client.toSocket(Buffer.from(first));
      // The gateway's sockets stay half open, but nobody asks in HTTP/2 and then closes one half.
      socket.on("end", () => socket.destroy());
      socket.on("error", context.onError);
      server.emit("connection", socket);
    },
    idlest() {
      let found: Idle | undefined;
      for (const [session, { streams, idleSince }] of sessions) {
        if (streams > 0 || session.closed) continue;
        found = idler(found, { since: idleSince, close: () => session.close() });
      }
      return found;
    },
    // Tells clients to open no more streams; sessions end with their last one.
    drain() {
      for (const session of sessions.keys()) session.close();
    },
    close() {
      for (const session of sessions.keys()) session.destroy();
    },
  };
}

function equal(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
