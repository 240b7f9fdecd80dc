import http, { type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { speaksHttp2 } from "../app-protocol.ts";
import { addressOf, gatewayClient } from "../gateway-client.ts";
import { isRefusal, type Refusal, refusal } from "../refusal.ts";
import { reset } from "../reset.ts";
import { chosen } from "../traffic-event.ts";
import { tunnel } from "../tunnel.ts";
import { openUpstream } from "../upstream.ts";
import type { CompatEngine } from "./compat-engine.ts";
import { admitMessage } from "./message-admission.ts";
import { refuseSocket } from "./message-refusal.ts";
import { clientOf } from "./request-client.ts";

/** CONNECT: joins the client to a pod, whatever they speak. */
export function openTunnel(
  engine: CompatEngine,
  req: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void {
  const { context } = engine;
  const client = addressOf(socket);
  const routed = admitMessage(engine, req, client);
  const refuse = (why: Refusal) => refuseSocket(socket, why, req.headers.accept);
  if (isRefusal(routed)) {
    refuse(routed);
    return;
  }
  socket.setTimeout(0);
  tunnel(socket, context, {
    route: routed.route,
    client: gatewayClient(client, context),
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
    refused: refuse,
    onTraffic: context.onTraffic,
    idleTime: context.limits.streamIdleTime,
  });
}

/** A request to go over to WebSocket. */
export function upgradeRequest(
  engine: CompatEngine,
  req: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void {
  const { context, proxy } = engine;
  const { balancer } = context;
  const began = performance.now();
  const client = addressOf(socket);
  const upgradeTo = req.headers.upgrade;
  const host = req.headers.host ?? "";
  const path = req.url ?? "";
  const routed = admitMessage(engine, req, client);
  const refuse = (why: Refusal) => refuseSocket(socket, why, req.headers.accept);
  if (isRefusal(routed)) {
    refuse(routed);
    return;
  }
  if (upgradeTo?.toLowerCase() !== "websocket" || req.method !== "GET") {
    const why = `this engine upgrades to websocket only, not to ${upgradeTo}`;
    refuse(refusal(501, "not-implemented", why));
    return;
  }
  const { route } = routed;
  if (speaksHttp2(route.port.port)) {
    const why = `its pods speak HTTP/2, which can't be upgraded to ${upgradeTo}`;
    refuse(refusal(501, "not-implemented", why));
    return;
  }
  req.headers.connection = "Upgrade";
  req.headers.upgrade = upgradeTo;
  socket.on("error", () => {});
  const who = clientOf(engine, req, route, client);
  // Nobody waits for the answer of a pod any more.
  const left = () => socket.destroy();
  socket.once("end", left);
  const giveUp = openUpstream(context, route, who, {}, (result) => {
    socket.removeListener("close", giveUp);
    if (isRefusal(result)) {
      socket.removeListener("end", left);
      refuse(result);
      return;
    }
    const { picked, socket: upstream } = result;
    const agent = new http.Agent({ keepAlive: false });
    agent.createConnection = () => upstream;
    balancer.started(picked.backend);
    socket.once("close", (broken) => {
      if (broken) reset(upstream);
      else upstream.destroy();
      balancer.finished(picked.backend);
      context.onTraffic?.({
        kind: "upgrade",
        protocol: "HTTP/1.1",
        client,
        method: "GET",
        host,
        path,
        service: route.port.key,
        ...chosen(picked),
        attempts: result.attempts,
        duration: performance.now() - began,
      });
    });
    const target = { host: picked.address, port: picked.port, protocol: "http:" };
    proxy.once("proxyReqWs", (proxyReq) => {
      proxyReq.once("upgrade", () => socket.removeListener("end", left));
    });
    proxy.ws(req, socket, { target, agent }, head).catch(() => socket.destroy());
  });
  socket.once("close", giveUp);
}
