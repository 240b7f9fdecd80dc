import type { ClientRequest, IncomingMessage } from "node:http";
import type { ProxyServer } from "httpxy";
import type { Backend } from "../../balancer/backend.ts";
import type { EndpointLoad } from "../../balancer/endpoint-load.ts";
import type { ForwarderContext } from "../forwarder.ts";
import { SessionPool } from "../http2/session-pool.ts";
import { EndpointAgent } from "./endpoint-agent.ts";

/** What the requests of one gateway share in this engine. */
export class CompatEngine {
  readonly context: ForwarderContext;
  readonly proxy: ProxyServer;
  /** Connections to pods that speak HTTP/2. */
  readonly sessions: SessionPool;
  /** What httpxy sent to the pod for a request. */
  readonly upstreamRequests = new WeakMap<IncomingMessage, ClientRequest>();
  /** Requests after which the client wants the connection closed. */
  readonly lastRequests = new WeakSet<IncomingMessage>();
  /** Requests whose answer ended before it was whole. */
  readonly brokenOff = new WeakSet<IncomingMessage>();
  /** Cookies that are set besides the pod's own. */
  readonly setCookies = new WeakMap<IncomingMessage, string>();
  draining = false;
  readonly #agents = new WeakMap<EndpointLoad, EndpointAgent>();
  readonly #allAgents = new Set<EndpointAgent>();

  constructor(context: ForwarderContext, proxy: ProxyServer) {
    this.context = context;
    this.proxy = proxy;
    this.sessions = new SessionPool(context);
  }

  /** Whether the client's connection ends with the answer to this request. */
  isLast(req: IncomingMessage): boolean {
    return this.draining || this.lastRequests.has(req);
  }

  agentFor(backend: Backend): EndpointAgent {
    let agent = this.#agents.get(backend.load);
    if (agent === undefined) {
      agent = new EndpointAgent(backend, this.context.dialer, this.context.connectTimeout);
      this.#agents.set(backend.load, agent);
      this.#allAgents.add(agent);
    }
    return agent;
  }

  close(): void {
    for (const agent of this.#allAgents) agent.destroy();
    this.sessions.close();
  }
}
