import { Agent as HttpAgent, type AgentOptions as HttpAgentOptions } from "node:http";
import { Agent as HttpsAgent, type AgentOptions as HttpsAgentOptions } from "node:https";
import type { Socket, TcpNetConnectOpts } from "node:net";
import { type ConnectOptions, openSocket } from "./open-socket.ts";
import { nameWithChoice, withChoice } from "./patch-http-agent.ts";
import type { ServiceView } from "./service-view.ts";
import type { findDestination } from "./views.ts";

/** Parts of Node's agents that their types don't all declare. */
type Constructor = new (
  options?: object,
) => {
  addRequest(request: unknown, options: unknown, ...legacy: unknown[]): void;
  getName(options?: unknown): string;
  createConnection(options: ConnectOptions, callback?: unknown): Socket;
};

/** An agent for `http.request`: Service names lead to an endpoint chosen for each request. */
export function createHttpAgent(view: ServiceView, options?: HttpAgentOptions): HttpAgent {
  const ServiceAgent = balanced(HttpAgent as unknown as Constructor, view);
  return new ServiceAgent({ keepAlive: true, ...options }) as unknown as HttpAgent;
}

/** The same for `https.request`. */
export function createHttpsAgent(view: ServiceView, options?: HttpsAgentOptions): HttpsAgent {
  const ServiceAgent = balanced(HttpsAgent as unknown as Constructor, view);
  return new ServiceAgent({ keepAlive: true, ...options }) as unknown as HttpsAgent;
}

function balanced(Base: Constructor, view: ServiceView): Constructor {
  const find: typeof findDestination = (host, port, family) => {
    const wanted = family === 4 || family === 6 ? family : undefined;
    const destination = host === undefined ? undefined : view.destinations.find(host, port, wanted);
    return destination && { view, destination };
  };
  return class ServiceAgent extends Base {
    override addRequest(request: unknown, options: unknown, ...legacy: unknown[]): void {
      super.addRequest(request, withChoice(options, find), ...legacy);
    }

    override getName(options?: unknown): string {
      return nameWithChoice(super.getName(options), options);
    }

    override createConnection(options: ConnectOptions, callback?: unknown): Socket {
      const { host, port, family } = options;
      const found = find(host, Number(port), family);
      if (found === undefined) return super.createConnection(options, callback);
      const connect = (to: TcpNetConnectOpts) => super.createConnection(to, callback);
      return openWith(view, found.destination, options, connect);
    }
  };
}

/** {@link openSocket} for callers whose function makes and connects a socket in one step. */
export function openWith<S extends Socket>(
  view: ServiceView,
  destination: Parameters<typeof openSocket>[1],
  options: ConnectOptions,
  create: (to: TcpNetConnectOpts) => S,
): S {
  let socket: S | undefined;
  return openSocket(view, destination, options, (to, first) => {
    if (first || socket === undefined) socket = create(to);
    else socket.connect(to);
    return socket;
  });
}
