import type { IncomingMessage, ServerResponse } from "node:http";
import type { Picked } from "../../balancer/choice.ts";
import { speaksHttp2 } from "../app-protocol.ts";
import { EndpointSearch } from "../endpoint-search.ts";
import { addressOf } from "../gateway-client.ts";
import { isRefusal, type Refusal } from "../refusal.ts";
import { chosen, type TrafficEvent } from "../traffic-event.ts";
import type { CompatEngine } from "./compat-engine.ts";
import { ConnectError } from "./endpoint-agent.ts";
import { admitMessage } from "./message-admission.ts";
import { hasBody, refuseResponse } from "./message-refusal.ts";
import { clientOf } from "./request-client.ts";
import { sendOverHttp2 } from "./send-over-http2.ts";

/** Passes one request on to a pod, and its answer back. */
export function forwardRequest(
  engine: CompatEngine,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  const { context } = engine;
  const { balancer } = context;
  const began = performance.now();
  const client = addressOf(req.socket);
  const about = {
    kind: "request" as const,
    protocol: `HTTP/${req.httpVersion}`,
    client,
    method: req.method ?? "",
    host: req.headers.host ?? "",
    path: req.url ?? "",
  };
  const routed = admitMessage(engine, req, client);
  const tell = (outcome: Partial<TrafficEvent> & Pick<TrafficEvent, "attempts">) =>
    context.onTraffic?.({ ...about, duration: performance.now() - began, ...outcome });
  if (isRefusal(routed)) {
    refuseResponse(req, res, routed);
    tell({ attempts: 0, status: routed.status, refusal: routed });
    return;
  }
  const { route } = routed;
  const search = new EndpointSearch(context, route, clientOf(engine, req, route, client));
  attempt();

  function attempt(): void {
    const picked = search.next();
    if (isRefusal(picked)) {
      refuse(picked, undefined);
      return;
    }
    const { backend } = picked;
    balancer.started(backend);
    const sent = performance.now();
    const answered = speaksHttp2(route.port.port)
      ? sendOverHttp2(engine, req, res, picked)
      : sendOverHttp1(engine, req, res, picked);
    answered.then(
      () => {
        balancer.connected(backend);
        balancer.finished(backend, performance.now() - sent);
        tell({
          ...chosen(picked),
          service: route.port.key,
          status: res.statusCode,
          attempts: search.attempts,
          ...(res.writableFinished
            ? {}
            : { aborted: engine.brokenOff.has(req) ? "endpoint" : "client" }),
        });
      },
      (error: Error) => {
        balancer.finished(backend);
        failed(picked, error);
      },
    );
  }

  function failed(picked: Picked, error: Error): void {
    if (res.destroyed || res.headersSent) {
      res.destroy();
      tell({ ...chosen(picked), attempts: search.attempts, aborted: "endpoint" });
      return;
    }
    if (error instanceof ConnectError) {
      goOn(search.connectFailed(picked, error.cause as Error), picked);
      return;
    }
    const over = search.brokeOff(picked, error.message, {
      method: about.method,
      reused: engine.upstreamRequests.get(req)?.reusedSocket === true,
      answered: false,
      // httpxy has read the body away.
      replayable: !hasBody(req),
    });
    goOn(over, picked);
  }

  function goOn(over: Refusal | undefined, picked: Picked): void {
    if (over === undefined) attempt();
    else refuse(over, picked);
  }

  function refuse(why: Refusal, picked: Picked | undefined): void {
    refuseResponse(req, res, why);
    tell({
      service: route.port.key,
      ...(picked && chosen(picked)),
      status: why.status,
      refusal: why,
      attempts: search.attempts,
    });
  }
}

function sendOverHttp1(
  engine: CompatEngine,
  req: IncomingMessage,
  res: ServerResponse,
  { backend }: Picked,
): Promise<void> {
  const { responseTime } = engine.context.limits;
  return engine.proxy.web(req, res, {
    target: { host: backend.address, port: backend.port, protocol: "http:" },
    agent: engine.agentFor(backend),
    ...(responseTime > 0 ? { proxyTimeout: responseTime } : {}),
  });
}
