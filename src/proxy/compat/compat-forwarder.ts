import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createProxyServer } from "httpxy";
import type { Backend } from "../../balancer/backend.ts";
import type { Client, Picked } from "../../balancer/choice.ts";
import type { EndpointLoad } from "../../balancer/endpoint-load.ts";
import { isLoopback, plainAddress } from "../address-text.ts";
import { forwardedHeaders, isTrusted } from "../forwarded-headers.ts";
import type { Forwarder, ForwarderContext } from "../forwarder.ts";
import { connectionOptions, isHopByHop } from "../hop-by-hop.ts";
import { isRefusal, type Refusal, refusal } from "../refusal.ts";
import { refusalAnswer } from "../refusal-answer.ts";
import { refusalPage } from "../refusal-page.ts";
import { type RoutedRequest, routeRequest } from "../request-target.ts";
import { chosen, type TrafficEvent } from "../traffic-event.ts";
import { tunnel } from "../tunnel.ts";
import { describeFailure, describePlace, openUpstream } from "../upstream.ts";
import { ConnectError, EndpointAgent } from "./endpoint-agent.ts";

/** Endpoints tried for one request before giving up. */
const MAX_ATTEMPTS = 5;
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/** The engine for who would rather trust a library: node:http in front, httpxy behind. */
export function compatForwarder(context: ForwarderContext): Forwarder {
  const { balancer, limits, onError } = context;
  const proxy = createProxyServer({ xfwd: false, changeOrigin: false });
  const agents = new WeakMap<EndpointLoad, EndpointAgent>();
  const allAgents = new Set<EndpointAgent>();
  const upstreamRequests = new WeakMap<IncomingMessage, ClientRequest>();
  /** Requests after which the client wants the connection closed. */
  const lastRequests = new WeakSet<IncomingMessage>();
  /** Requests whose answer ended before it was whole. */
  const brokenOff = new WeakSet<IncomingMessage>();
  let draining = false;

  const server = http.createServer({
    keepAliveTimeout: limits.idleTime,
    headersTimeout: limits.headTime,
    requestTimeout: 0,
    maxHeaderSize: limits.headBytes,
    // Checked in admit(), with an answer that says so.
    requireHostHeader: false,
    noDelay: true,
    connectionsCheckingInterval: Math.min(1_000, Math.max(50, limits.headTime / 4)),
  });
  server.maxHeadersCount = limits.headerLines;
  server.timeout = 0;
  server.on("request", (req, res) => forward(req, res));
  server.on("connect", (req: IncomingMessage, socket: Duplex, head: Buffer) =>
    connect(req, socket as Socket, head),
  );
  server.on("upgrade", (req: IncomingMessage, socket: Duplex, head: Buffer) =>
    upgrade(req, socket as Socket, head),
  );
  server.on("clientError", (error: Error & { code?: string }, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable || refused.has(socket)) {
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

  proxy.on("proxyReq", (proxyReq, req) => {
    upstreamRequests.set(req, proxyReq);
  });
  proxy.on("proxyRes", (proxyRes, req, res) => {
    const listed = connectionOptions(proxyRes.headers.connection);
    for (const name of Object.keys(proxyRes.headers)) {
      // The body's framing is node's business: it chunks again what came in chunks.
      if (isHopByHop(name) || listed.has(name)) delete proxyRes.headers[name];
    }
    if (draining || lastRequests.has(req)) proxyRes.headers.connection = "close";
    if (proxyRes.statusCode === 101) {
      const why = "the pod switches to a protocol nobody asked for";
      refuseResponse(req, res, refusal(502, "upstream-failed", why));
      return;
    }
    proxyRes.on("error", () => {
      if (!res.destroyed) brokenOff.add(req);
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

  const balancerClient = (address: string): Client => ({
    address,
    fromThisNode: isLoopback(address),
    ...(context.policy && { policy: context.policy }),
    strict: context.strict,
  });

  function forward(req: IncomingMessage, res: ServerResponse): void {
    const started = performance.now();
    const client = clientOf(req.socket);
    const host = req.headers.host;
    const url = req.url;
    const routed = admit(req, client);
    const tell = (outcome: Partial<TrafficEvent>) =>
      context.onTraffic?.({
        kind: "request",
        protocol: `HTTP/${req.httpVersion}`,
        client,
        method: req.method ?? "",
        host: host ?? "",
        path: url ?? "",
        attempts: 0,
        duration: performance.now() - started,
        ...outcome,
      });
    if (isRefusal(routed)) {
      refuseResponse(req, res, routed);
      tell({ status: routed.status, refusal: routed });
      return;
    }
    const tried = new Set<Backend>();
    attempt("");

    function attempt(lastFailure: string): void {
      const { route } = routed as RoutedRequest;
      const picked = balancer.pick(route.port, {
        ...balancerClient(client),
        hostname: route.hostname,
        exclude: tried,
      });
      if (picked.outcome !== "endpoint") {
        const why =
          lastFailure === ""
            ? refusal(503, "no-endpoint", picked.reason)
            : refusal(502, "connect-failed", lastFailure);
        refuseResponse(req, res, why);
        tell({ service: route.port.key, status: why.status, refusal: why, attempts: tried.size });
        return;
      }
      const { backend } = picked;
      tried.add(backend);
      balancer.started(backend);
      const sent = performance.now();
      const target = { host: backend.address, port: backend.port, protocol: "http:" };
      proxy
        .web(req, res, {
          target,
          agent: agentFor(backend),
          ...(limits.responseTime > 0 ? { proxyTimeout: limits.responseTime } : {}),
        })
        .then(
          () => {
            balancer.connected(backend);
            balancer.finished(backend, performance.now() - sent);
            tell({
              ...chosen(picked),
              service: route.port.key,
              status: res.statusCode,
              attempts: tried.size,
              ...(res.writableFinished
                ? {}
                : { aborted: brokenOff.has(req) ? "endpoint" : "client" }),
            });
          },
          (error: Error) => {
            balancer.finished(backend);
            failed(picked, error);
          },
        );
    }

    function failed(picked: Picked, error: Error): void {
      const { route } = routed as RoutedRequest;
      if (res.destroyed || res.headersSent) {
        res.destroy();
        tell({ ...chosen(picked), attempts: tried.size, aborted: "endpoint" });
        return;
      }
      const unsent = error instanceof ConnectError;
      if (unsent && !context.strict) balancer.connectFailed(route.port, picked.backend);
      const failure = unsent
        ? describeFailure(picked, error.cause as Error)
        : `${describePlace(picked)} failed before it answered: ${error.message}`;
      const again =
        unsent || (upstreamRequests.get(req)?.reusedSocket === true && isReplayable(req));
      if (again && !context.strict && tried.size < MAX_ATTEMPTS) {
        attempt(failure);
        return;
      }
      const why = unsent
        ? refusal(502, "connect-failed", failure)
        : refusal(502, "upstream-failed", failure);
      refuseResponse(req, res, why);
      tell({ ...chosen(picked), status: 502, refusal: why, attempts: tried.size });
    }
  }

  function connect(req: IncomingMessage, socket: Socket, head: Buffer): void {
    const client = clientOf(socket);
    const routed = admit(req, client);
    if (isRefusal(routed)) {
      refuseSocket(socket, routed, req.headers.accept);
      return;
    }
    socket.setTimeout(0);
    tunnel(socket, context, {
      route: routed.route,
      client: balancerClient(client),
      about: {
        kind: "tunnel",
        protocol: "CONNECT",
        client,
        method: "CONNECT",
        host: req.url ?? "",
      },
      ready({ socket: upstream }) {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        if (head.length > 0) upstream.write(head);
      },
      refused: (why) => refuseSocket(socket, why, req.headers.accept),
      onTraffic: context.onTraffic,
      idleTime: limits.streamIdleTime,
    });
  }

  function upgrade(req: IncomingMessage, socket: Socket, head: Buffer): void {
    const started = performance.now();
    const client = clientOf(socket);
    const upgradeTo = req.headers.upgrade;
    const host = req.headers.host ?? "";
    const path = req.url ?? "";
    const routed = admit(req, client);
    if (isRefusal(routed)) {
      refuseSocket(socket, routed, req.headers.accept);
      return;
    }
    if (upgradeTo?.toLowerCase() !== "websocket" || req.method !== "GET") {
      const why = `this engine upgrades to websocket only, not to ${upgradeTo}`;
      refuseSocket(socket, refusal(501, "not-implemented", why), req.headers.accept);
      return;
    }
    req.headers.connection = "Upgrade";
    req.headers.upgrade = upgradeTo;
    socket.on("error", () => {});
    const giveUp = openUpstream(context, routed.route, balancerClient(client), {}, (result) => {
      socket.removeListener("close", giveUp);
      if (isRefusal(result)) {
        refuseSocket(socket, result, req.headers.accept);
        return;
      }
      const { picked, socket: upstream } = result;
      const agent = new http.Agent({ keepAlive: false });
      agent.createConnection = () => upstream;
      balancer.started(picked.backend);
      socket.once("close", (broken) => {
        if (broken) upstream.resetAndDestroy();
        else upstream.destroy();
        balancer.finished(picked.backend);
        context.onTraffic?.({
          kind: "upgrade",
          protocol: "HTTP/1.1",
          client,
          method: "GET",
          host,
          path,
          service: routed.route.port.key,
          ...chosen(picked),
          attempts: result.attempts,
          duration: performance.now() - started,
        });
      });
      const target = { host: picked.address, port: picked.port, protocol: "http:" };
      proxy.ws(req, socket, { target, agent }, head).catch(() => socket.destroy());
    });
    socket.once("close", giveUp);
  }

  /** Routes the request and rewrites it for the pod. */
  function admit(req: IncomingMessage, client: string): RoutedRequest | Refusal {
    const { headers, rawHeaders } = req;
    if (req.httpVersionMajor !== 1) {
      return refusal(505, "not-implemented", `this is an HTTP/1.1 server: HTTP/${req.httpVersion}`);
    }
    let hosts = 0;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      if (rawHeaders[i]?.toLowerCase() === "host") hosts++;
    }
    if (hosts > 1) return refusal(400, "bad-request", "the request has several Host headers");
    const codings = headers["transfer-encoding"];
    if (codings !== undefined && codings.toLowerCase() !== "chunked") {
      return refusal(501, "not-implemented", `no transfer coding but chunked is understood`);
    }
    if (codings !== undefined && req.httpVersion === "1.0") {
      return refusal(400, "bad-request", "HTTP/1.0 knows no Transfer-Encoding");
    }
    const routed = routeRequest(context.router, req.method ?? "", req.url ?? "", headers.host);
    if (isRefusal(routed)) return routed;
    const listed = connectionOptions(headers.connection);
    if (listed.has("close")) lastRequests.add(req);
    for (const name of Object.keys(headers)) {
      const framing = name === "transfer-encoding" || name === "content-length" || name === "host";
      if (!framing && (isHopByHop(name) || listed.has(name))) delete headers[name];
    }
    req.url = routed.path;
    headers.host = routed.host;
    const forwarded = forwardedHeaders(
      client,
      routed.host,
      isTrusted(context.trustForwarded, client),
      {
        for: text(headers["x-forwarded-for"]),
        host: text(headers["x-forwarded-host"]),
        proto: text(headers["x-forwarded-proto"]),
      },
    );
    headers["x-forwarded-for"] = forwarded.for;
    headers["x-forwarded-host"] = forwarded.host;
    headers["x-forwarded-proto"] = forwarded.proto;
    return routed;
  }

  function agentFor(backend: Backend): EndpointAgent {
    let agent = agents.get(backend.load);
    if (agent === undefined) {
      agent = new EndpointAgent(backend, context.dialer, context.connectTimeout);
      agents.set(backend.load, agent);
      allAgents.add(agent);
    }
    return agent;
  }

  return {
    serve(client, first) {
      client.pause();
      client.on("error", onError);
      client.unshift(first);
      server.emit("connection", client);
      process.nextTick(() => client.resume());
    },
    drain() {
      draining = true;
      server.closeIdleConnections();
      server.keepAliveTimeout = 1;
    },
    close() {
      for (const agent of allAgents) agent.destroy();
      server.close();
    },
  };
}

function clientOf(socket: Socket): string {
  return plainAddress(socket.remoteAddress);
}

/** Connections that had their last answer: what node finds wrong with the rest of the request is not told. */
const refused = new WeakSet<Duplex>();

/** Without a body to send again, and meant to be sent again. */
function isReplayable(req: IncomingMessage): boolean {
  return IDEMPOTENT.has(req.method ?? "") && !hasBody(req);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

function refuseResponse(req: IncomingMessage, res: ServerResponse, why: Refusal): void {
  if (res.destroyed) return;
  const { type, body } = refusalPage(why, text(req.headers.accept));
  // What is left of the body isn't waited for.
  if (hasBody(req) || why.status === 400 || why.status === 505) {
    res.setHeader("Connection", "close");
    refused.add(req.socket);
  }
  res.writeHead(why.status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  res.end(body);
}

function refuseSocket(socket: Socket, why: Refusal, accept: string | undefined): void {
  if (socket.writable) {
    socket.resume();
    socket.end(refusalAnswer(why, { accept, method: "GET" }, true));
  } else {
    socket.destroy();
  }
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.join(", ");
}
