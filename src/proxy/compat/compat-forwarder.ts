import http, { type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createProxyServer } from "httpxy";
import type { Forwarder, ForwarderContext } from "../forwarder.ts";
import { connectionOptions, isHopByHop } from "../hop-by-hop.ts";
import { refusal } from "../refusal.ts";
import { CompatEngine } from "./compat-engine.ts";
import { forwardRequest } from "./compat-exchange.ts";
import { openTunnel, upgradeRequest } from "./compat-upgrade.ts";
import { hadLastAnswer, refuseResponse, refuseSocket } from "./message-refusal.ts";
import { Turns } from "./turns.ts";

/** How often connections are looked at that may stand still. */
const TICK_MS = 250;

/** RFC 9112 section 4. */
const NOT_A_REASON = /[^\t\x20-\x7e\x80-\xff]/;

/** The engine for who would rather trust a library: node:http in front, httpxy behind. */
export function compatForwarder(context: ForwarderContext): Forwarder {
  const { limits } = context;
  const engine = new CompatEngine(context, createProxyServer({ xfwd: false, changeOrigin: false }));
  const server = http.createServer({
    keepAliveTimeout: limits.idleTime,
    headersTimeout: limits.headTime,
    requestTimeout: 0,
    maxHeaderSize: limits.headBytes,
    // Checked on admission, with an answer that says so.
    requireHostHeader: false,
    noDelay: true,
    connectionsCheckingInterval: Math.min(1_000, Math.max(50, limits.headTime / 4)),
  });
  server.maxHeadersCount = limits.headerLines;
  server.timeout = 0;
  const turns = new Turns();
  const clock = setInterval(() => turns.sweep(Date.now(), limits.stallTime), TICK_MS);
  clock.unref();
  server.on("request", (req, res) => {
    turns.take(req, res, () => forwardRequest(engine, req, res));
  });
  server.on("connect", (req: IncomingMessage, socket: Duplex, head: Buffer) =>
    openTunnel(engine, req, socket as Socket, head),
  );
  server.on("upgrade", (req: IncomingMessage, socket: Duplex, head: Buffer) =>
    upgradeRequest(engine, req, socket as Socket, head),
  );
  server.on("clientError", (error: Error & { code?: string }, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable || hadLastAnswer(socket)) {
      socket.destroy();
      return;
    }
    const why =
      error.code === "HPE_HEADER_OVERFLOW"
        ? refusal(431, "too-large", `the request's head is longer than ${limits.headBytes} bytes`)
        : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
          ? refusal(408, "timeout", "the request's head did not arrive in time")
          : refusal(400, "bad-request", error.message);
    refuseSocket(socket as Socket, why, undefined);
  });
  // Connections are handed in, so it never listens by itself; its clock for slow and idle ones starts with that.
  server.emit("listening");
  correctAnswers(engine);

  return {
    serve(client, first) {
      client.pause();
      client.on("error", context.onError);
      client.unshift(first);
      server.emit("connection", client);
      process.nextTick(() => client.resume());
    },
    drain() {
      engine.draining = true;
      server.closeIdleConnections();
      server.keepAliveTimeout = 1;
    },
    close() {
      clearInterval(clock);
      engine.close();
      server.close();
    },
  };
}

/** What httpxy passes on of an answer, put right. */
function correctAnswers(engine: CompatEngine): void {
  const { proxy } = engine;
  proxy.on("proxyReq", (proxyReq, req) => {
    engine.upstreamRequests.set(req, proxyReq);
    // httpxy makes a path of it.
    if (req.url === "*") proxyReq.path = "*";
  });
  proxy.on("proxyRes", (proxyRes, req, res) => {
    const why = whyNotPassedOn(proxyRes);
    if (why !== undefined) {
      refuseResponse(req, res, refusal(502, "upstream-failed", why));
      proxyRes.on("error", () => {});
      proxyRes.destroy();
      return;
    }
    const { headers } = proxyRes;
    const listed = connectionOptions(headers.connection);
    for (const name of Object.keys(headers)) {
      // The body's framing is node's business: it chunks again what came in chunks.
      if (isHopByHop(name) || listed.has(name)) delete headers[name];
    }
    // RFC 9110 section 8.6.
    if (proxyRes.statusCode === 204) delete headers["content-length"];
    if (engine.isLast(req)) headers.connection = "close";
    const cookie = engine.setCookies.get(req);
    if (cookie !== undefined) headers["set-cookie"] = [...(headers["set-cookie"] ?? []), cookie];
    proxyRes.on("error", () => {
      if (!res.destroyed) engine.brokenOff.add(req);
    });
    // An answer whose body takes its time (server-sent events) begins at once all the same.
    process.nextTick(() => {
      if (!res.headersSent && !res.destroyed) res.flushHeaders();
    });
    if (req.httpVersion === "1.0") return;
    proxyRes.on("end", () => {
      if (Object.keys(proxyRes.trailers).length > 0 && !res.writableEnded) {
        res.addTrailers(proxyRes.trailers as Record<string, string>);
      }
    });
  });
}

/** What node's client lets pass of a pod, and its server throws at or can't say again. */
function whyNotPassedOn({
  statusCode = 0,
  statusMessage = "",
  headers,
}: IncomingMessage): string | undefined {
  if (statusCode === 101) return "the pod switches to a protocol nobody asked for";
  if (statusCode < 200) return "the pod's answer has a status below 200";
  if (NOT_A_REASON.test(statusMessage)) return "the pod's status line has control characters";
  const coding = headers["transfer-encoding"];
  return coding === undefined || coding.toLowerCase() === "chunked"
    ? undefined
    : "the pod uses a transfer coding other than chunked";
}
