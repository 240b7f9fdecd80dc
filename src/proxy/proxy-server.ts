import {
  Agent,
  type ClientRequestArgs,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";
import {
  createProxyServer as httpxyServer,
  type ProxyServer,
  type ProxyServerOptions,
} from "httpxy";
import { parseAuthority } from "./authority.ts";
import { dialSocket } from "./dial.ts";
import { connectToService } from "./exchange/connection.ts";
import { type GatewayOptions, gatewayContext } from "./gateway.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { isRefusal, type Refusal, refusal } from "./refusal.ts";

export type { ProxyServer, ProxyServerOptions };

/** Where Services are looked up that targets name. */
export type ServiceProxyOptions = Pick<
  GatewayOptions,
  | "store"
  | "balancer"
  | "dialer"
  | "clusterDomain"
  | "defaultNamespace"
  | "policy"
  | "connectTimeout"
  | "strict"
>;

/** A target that can't be reached; the reason says what was tried. */
export class TargetError extends Error {
  override readonly name = "TargetError";
  readonly code: Refusal["code"];

  constructor({ code, reason }: Refusal) {
    super(reason);
    this.code = code;
  }
}

/**
 * node-http-proxy's `createProxyServer` for Services, with all its options and events: host and port of a `target`
 * (`http://web.shop:8080`) name a Service, and an endpoint is chosen for each request.
 */
export function createProxyServer(
  services: ServiceProxyOptions,
  options: ProxyServerOptions = {},
): ProxyServer {
  const proxy = httpxyServer({ ...options, agent: new ServiceAgent(gatewayContext(services)) });
  proxy.on("proxyReq", (proxyReq, req, res) => {
    proxyReq.on("information", ({ statusCode, headers }) => {
      if (statusCode === 102) res.writeProcessing();
      // Node has methods for these two interim answers only, and sends 100 by itself.
      const { link } = headers as { link?: string };
      if (statusCode === 103 && link !== undefined) res.writeEarlyHints({ link });
    });
    req.once("end", () => {
      const isChunked = proxyReq.getHeader("transfer-encoding") !== undefined;
      if (isChunked && !proxyReq.writableEnded) proxyReq.addTrailers(textOf(req.trailers));
    });
  });
  proxy.on("proxyRes", correctAnswer);
  return proxy;
}

/** Repairs parts of a pod's answer that Node's client accepts, but its server would throw at or send differently. */
function correctAnswer(proxyRes: IncomingMessage, req: IncomingMessage, res: ServerResponse): void {
  const { headers, statusCode = 0 } = proxyRes;
  if (statusCode < 200) {
    // httpxy doesn't touch a response that was answered already.
    res.writeHead(502, { "Content-Type": "text/plain" });
    res.end(
      `502 the target answered with the status ${statusCode} where no switch was asked for\n`,
    );
    proxyRes.on("error", () => {}).destroy();
    return;
  }
  const hasTrailers = headers["transfer-encoding"] !== undefined && req.httpVersion === "1.1";
  const isBare = req.method === "HEAD" || statusCode === 204 || statusCode === 304;
  if (!hasTrailers || isBare) {
    delete headers["trailer"];
    return;
  }
  proxyRes.once("end", () => {
    if (!res.writableEnded) res.addTrailers(textOf(proxyRes.trailers));
  });
}

function textOf(trailers: NodeJS.Dict<string>): Record<string, string> {
  return trailers as Record<string, string>;
}

/** Connections to a target, a new one for each request: kept connections would bypass balancing. */
class ServiceAgent extends Agent {
  readonly #context: GatewayContext;

  constructor(context: GatewayContext) {
    super({ keepAlive: false });
    this.#context = context;
  }

  override createConnection(
    { host, port }: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { router, policy } = this.#context;
    const authority = parseAuthority(`${host}:${port ?? 80}`);
    const route =
      authority === undefined
        ? refusal(404, "no-service", `${host} is not the name of a Service`)
        : router.byPort(authority, 80);
    // Node accepts an error without a stream here; its types don't allow it.
    const refuse = (why: Refusal) => (callback as (error: Error) => void)(new TargetError(why));
    if (isRefusal(route)) {
      process.nextTick(refuse, route);
      return;
    }
    connectToService(this.#context, route, policy ? { policy } : {}, dialSocket, (result) => {
      if (isRefusal(result)) return refuse(result);
      result.connection.once("close", () => result.attempt.finish());
      callback?.(null, result.connection);
    });
  }
}
