import { Agent, type ClientRequest } from "node:http";
import type { Picked } from "../../balancer/balancer.ts";
import { choose } from "./destination.ts";
import { type ConnectOptions, PICKED } from "./open-socket.ts";
import { patch } from "./patch.ts";
import { findDestination } from "./views.ts";

interface AgentInternals {
  addRequest(request: ClientRequest, options: unknown, ...legacy: unknown[]): void;
  getName(options?: unknown): string;
}

/**
 * Chooses an endpoint for each request rather than for each connection: an agent keeps connections apart by
 * name, and the endpoint becomes part of it. `https.Agent` inherits both methods.
 */
export function patchHttpAgent(): () => void {
  const owner = Agent.prototype as unknown as AgentInternals;
  const restore = [
    patch(
      owner,
      "addRequest",
      (addRequest) =>
        function (this: Agent, request, options, ...legacy) {
          return addRequest.call(this, request, withPicked(options, findDestination), ...legacy);
        },
    ),
    patch(
      owner,
      "getName",
      (getName) =>
        function (this: Agent, options) {
          return nameWithPicked(getName.call(this, options), options);
        },
    ),
  ];
  return () => {
    for (const each of restore) each();
  };
}

/** The options of a request with the endpoint that is to answer it. */
export function withPicked(options: unknown, find: typeof findDestination): unknown {
  if (typeof options !== "object" || options === null) return options;
  const { host, port, family, socketPath } = options as ConnectOptions & { socketPath?: string };
  const found = socketPath ? undefined : find(host, Number(port), family);
  if (found?.destination.kind !== "service") return options;
  const picked = choose(found.view.balancer, found.destination.route);
  return "kind" in picked ? options : { ...options, [PICKED]: picked };
}

/** An agent's name for connections, one for each endpoint. */
export function nameWithPicked(name: string, options: unknown): string {
  const picked = (options as { [PICKED]?: Picked } | undefined)?.[PICKED];
  return picked === undefined ? name : `${name}:${picked.address}:${picked.port}`;
}
