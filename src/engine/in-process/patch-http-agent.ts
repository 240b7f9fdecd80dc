import { Agent, type ClientRequest } from "node:http";
import { type ChosenEndpoint, chooseFor } from "./choice.ts";
import { CHOICE, type ConnectOptions } from "./open-socket.ts";
import { patch } from "./patch.ts";
import { findDestination } from "./views.ts";

interface AgentInternals {
  addRequest(request: ClientRequest, options: unknown, ...legacy: unknown[]): void;
  getName(options?: unknown): string;
}

/**
 * Chooses an endpoint for each request rather than for each connection: agents keep connections by a name, and the
 * endpoint becomes part of it. `https.Agent` inherits both methods.
 */
export function patchHttpAgent(): () => void {
  const owner = Agent.prototype as unknown as AgentInternals;
  const restore = [
    patch(
      owner,
      "addRequest",
      (addRequest) =>
        function (this: Agent, request, options, ...legacy) {
          return addRequest.call(this, request, withChoice(options, findDestination), ...legacy);
        },
    ),
    patch(
      owner,
      "getName",
      (getName) =>
        function (this: Agent, options) {
          return nameWithChoice(getName.call(this, options), options);
        },
    ),
  ];
  return () => {
    for (const each of restore) each();
  };
}

/** A request's options, with the endpoint that was chosen for it. */
export function withChoice(options: unknown, find: typeof findDestination): unknown {
  if (typeof options !== "object" || options === null) return options;
  const { host, port, family, socketPath } = options as ConnectOptions & { socketPath?: string };
  const choice = socketPath ? undefined : chooseFor(find(host, Number(port), family));
  return choice === undefined ? options : { ...options, [CHOICE]: choice };
}

/** The name under which an agent keeps connections, different for each endpoint. */
export function nameWithChoice(name: string, options: unknown): string {
  const choice = (options as { [CHOICE]?: ChosenEndpoint } | undefined)?.[CHOICE];
  return choice === undefined ? name : `${name}:${choice.id}`;
}
