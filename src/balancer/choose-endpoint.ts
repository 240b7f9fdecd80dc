import { endpointName } from "../objects/endpoint-name.ts";
import { affinityTimeout, SESSION_KEY_MS } from "./affinity.ts";
import { type Backend, backendId } from "./backend.ts";
import type { PortState } from "./balanced-port.ts";
import type { Choice, Client, NotPicked, NotPickedRule } from "./choice.ts";
import { withoutEjected } from "./ejection.ts";
import { EMPTY_SET, type EndpointSet, verdict } from "./endpoint-table.ts";
import type { Policy } from "./policy.ts";
import { describeServicePort } from "./service-port.ts";
import { isAllowedSource } from "./source-ranges.ts";

/** What a choice depends on besides the service port and the client. */
export interface Choosing {
  readonly random: () => number;
  readonly now: () => number;
  /** For clients that bring none. */
  readonly policy: Policy;
  /** The emulated node, for the explanation. */
  readonly node: string | undefined;
  /** Why the Service has no endpoint, for a person. */
  whyNone(state: PortState): string;
}

/** Chooses the endpoint for a new connection or request (P.3 to P.7). */
export function chooseEndpoint(state: PortState, client: Client, context: Choosing): Choice {
  if (client.pod !== undefined) return pinned(state, client.pod, client.exclude, context);
  const traffic = client.traffic ?? "internal";
  if (traffic === "load-balancer" && !isAllowedSource(state.service, client.address)) {
    return notAllowed(state, client.address);
  }
  const { fromThisNode = false, hostname } = client;
  const found = verdict(state.table, state.service, traffic, fromThisNode, hostname !== undefined);
  switch (found.outcome) {
    case "use":
      return chooseFrom(state, found.set, client, context);
    case "reject":
      return notPicked("no-endpoint", () => context.whyNone(state));
    case "drop":
      return notPicked("none-here", () => elsewhere(state, found.elsewhere, context.node));
  }
}

function chooseFrom(state: PortState, set: EndpointSet, client: Client, context: Choosing): Choice {
  const { hostname, exclude } = client;
  let usable = set.backends;
  if (hostname !== undefined) {
    usable = usable.filter(({ address, endpoint, twins = [] }) =>
      [endpoint, ...twins].some(
        (each) => endpointName(address, each, false).toLowerCase() === hostname,
      ),
    );
    if (usable.length === 0) {
      const missing = `no ready endpoint has the hostname ${hostname}`;
      return notPicked("no-hostname", () => `${missing}: ${context.whyNone(state)}`);
    }
  }
  if (exclude !== undefined && exclude.size > 0) usable = withoutTried(usable, exclude);
  if (usable.length === 0) {
    return notPicked(
      "all-tried",
      () => `every endpoint of ${describeServicePort(state.key)} was tried`,
    );
  }
  const time = context.now();
  // After the tried ones are gone: an ejected endpoint is better than none.
  if (state.ejectedUntil > time && client.strict !== true) usable = withoutEjected(usable, time);
  const policy = client.policy ?? context.policy;
  const session = sessionOf(state, client);
  const sticky = session && state.affinity.find(session.key, usable, time);
  const backend =
    sticky ??
    (usable.length === 1
      ? (usable[0] as Backend)
      : policy.choose(usable, {
          random: context.random,
          now: context.now,
          count: state.count++,
        }));
  if (session !== undefined) {
    state.affinity.remember(session.key, backend, time + session.timeout);
  }
  return {
    outcome: "endpoint",
    address: backend.address,
    port: backend.port,
    endpoint: backend.endpoint,
    backend,
    chosenBy: sticky === undefined ? "policy" : "affinity",
    policy,
    from: set,
  };
}

/** Whose session it is, and for how long; a key that the client brings goes before its address (P.5). */
function sessionOf(
  { service }: PortState,
  { sessionKey, address }: Client,
): { readonly key: string; readonly timeout: number } | undefined {
  const timeout = affinityTimeout(service);
  if (sessionKey !== undefined) {
    return { key: `key ${sessionKey}`, timeout: timeout ?? SESSION_KEY_MS };
  }
  return timeout === undefined || address === undefined ? undefined : { key: address, timeout };
}

/** A pod that was asked for by its own address; policies, readiness and sessions don't matter to it. */
function pinned(
  state: PortState,
  { address, port }: Pick<Backend, "address" | "port">,
  tried: Client["exclude"],
  { policy }: Choosing,
): Choice {
  const backend = state.table.all.find((each) => each.address === address && each.port === port);
  if (backend === undefined) {
    const id = backendId(address, port);
    return notPicked(
      "no-endpoint",
      () => `${id} is no endpoint of ${describeServicePort(state.key)} any more`,
    );
  }
  if (tried?.has(backend)) {
    return notPicked("all-tried", () => `${backendId(address, port)} was tried`);
  }
  const { endpoint } = backend;
  const from = EMPTY_SET;
  return {
    outcome: "endpoint",
    address,
    port,
    endpoint,
    backend,
    chosenBy: "address",
    policy,
    from,
  };
}

function notAllowed({ service }: PortState, address = "a client without address"): Choice {
  const { namespace, name } = service.metadata;
  const ranges = (service.spec.loadBalancerSourceRanges ?? []).join(", ");
  return notPicked(
    "source-not-allowed",
    () =>
      `${namespace}/${name} has loadBalancerSourceRanges ${ranges}, and ${address} is in none of them: a cluster would leave the connection without an answer`,
  );
}

function elsewhere(state: PortState, count: number, node: string | undefined): string {
  const { namespace, service } = state.key;
  const here = node === undefined ? "this node" : `node ${node}`;
  return `${namespace}/${service} has traffic policy Local and no endpoint on ${here} (${count} elsewhere): a cluster would leave the connection without an answer`;
}

/** Connections that a cluster leaves without an answer; others are refused. */
const DROPS: ReadonlySet<NotPickedRule> = new Set(["none-here", "source-not-allowed"]);

/** Explanations look at pods and slices; refusing thousands of connections shouldn't. */
function notPicked(rule: NotPickedRule, why: () => string): NotPicked {
  return {
    rule,
    outcome: DROPS.has(rule) ? "drop" : "reject",
    get reason() {
      return why();
    },
  };
}

function withoutTried(
  backends: readonly Backend[],
  tried: ReadonlySet<Backend>,
): readonly Backend[] {
  const ids = new Set<string>();
  for (const { address, port } of tried) ids.add(`${address} ${port}`);
  return backends.filter(({ address, port }) => !ids.has(`${address} ${port}`));
}
