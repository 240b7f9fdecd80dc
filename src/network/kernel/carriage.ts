import { affinityTimeout } from "../../balancer/affinity.ts";
import type { Backend } from "../../balancer/backend.ts";
import type { BalancedPort } from "../../balancer/balanced-port.ts";
import { verdict } from "../../balancer/endpoint-table.ts";
import { allowedSources } from "../../balancer/source-ranges.ts";
import { hostPort } from "../../net/host-port.ts";
import type { IPFamily } from "../../objects/service.ts";
import type { PlannedRelay } from "../../proxy/relays/relay-plan.ts";

/** An address and port at which a Service is offered in the network. */
export interface ServicePlace {
  readonly address: string;
  readonly port: number;
  /** Ranges that clients have to come from (`loadBalancerSourceRanges`); absent: any client may come. */
  readonly allowed?: readonly string[];
}

export type Target = Pick<Backend, "address" | "port">;

/** Places from which new connections go to one of the same endpoints. */
export interface Way {
  /** Never empty. */
  readonly targets: readonly Target[];
  readonly places: readonly ServicePlace[];
}

/** A service port as the kernel balances it. */
export interface CarriedPort {
  readonly family: IPFamily;
  readonly protocol: "tcp" | "udp";
  readonly ways: readonly Way[];
  /** Places where connections get no answer: policy Local, and no endpoint on this node. */
  readonly dropped: readonly ServicePlace[];
  /** Places where connections are refused: it has no endpoint, and nobody listens. */
  readonly refused: readonly ServicePlace[];
  /** How long a client stays with its endpoint; absent: it doesn't. */
  readonly sessionSeconds?: number;
}

/** Who balances the connections of pods to a service port: the kernel, or a relay of this process and why. */
export type Carriage =
  | { readonly by: "kernel"; readonly port: CarriedPort }
  | { readonly by: "relay"; readonly reason: string };

export interface Surroundings {
  /** The policy of choices for which a Service has none of its own. */
  readonly policy: string;
  /** Addresses at which this process itself answers, whatever endpoints there are. */
  readonly ownAddresses: ReadonlySet<string>;
  /** Those that the kernel has rules for. */
  readonly families: readonly IPFamily[];
  /** Whether an address is that of a pod in the network, to which the kernel routes. */
  isMember(address: string): boolean;
}

/**
 * Whether the kernel can balance a service port, and over what: the same sets of endpoints that the balancer chooses
 * from.
 * @param plans where the port is offered; all have it as their target.
 */
export function carriageOf(
  { key, service, table }: BalancedPort,
  plans: readonly PlannedRelay[],
  { policy, ownAddresses, families, isMember }: Surroundings,
): Carriage {
  if (plans.length === 0) return byRelay("another Service has its addresses and ports");
  if (!families.includes(key.family)) return byRelay(`the kernel has no rules for ${key.family}`);
  if (key.protocol === "SCTP") return byRelay("the kernel's rules are for TCP and UDP");
  if (policy !== "random") {
    return byRelay(`the policy is ${policy}, and the kernel chooses at random`);
  }
  const timeout = affinityTimeout(service);
  const ways = new Map<string, { targets: readonly Target[]; places: ServicePlace[] }>();
  const dropped: ServicePlace[] = [];
  const refused: ServicePlace[] = [];
  for (const { address, port, traffic } of plans) {
    if (ownAddresses.has(hostPort(address, port))) return byRelay("`up` answers there itself");
    // A NodePort of a node's IPv4 address, though the Service has endpoints of IPv6 alone.
    if (familyOf(address) !== key.family) continue;
    const found = verdict(table, service, traffic, true);
    const place = placeAt(address, port, allowedSources(service, traffic, key.family));
    if (found.outcome !== "use") {
      (found.outcome === "drop" ? dropped : refused).push(place);
      continue;
    }
    const outside = found.set.backends.find((backend) => !isMember(backend.address));
    if (outside !== undefined) {
      const where = hostPort(outside.address, outside.port);
      return byRelay(`its endpoint ${where} is outside the network of local pods`);
    }
    const targets = found.set.backends.map(({ address, port }) => ({ address, port }));
    const id = targets.map(({ address, port }) => hostPort(address, port)).join();
    const way = ways.get(id);
    if (way === undefined) ways.set(id, { targets, places: [place] });
    else way.places.push(place);
  }
  if (timeout !== undefined && ways.size > 1) {
    return byRelay(
      "it has session affinity, and its addresses lead to different endpoints by their traffic policies",
    );
  }
  return {
    by: "kernel",
    port: {
      family: key.family,
      protocol: key.protocol === "UDP" ? "udp" : "tcp",
      ways: [...ways.values()],
      dropped,
      refused,
      ...(timeout !== undefined && { sessionSeconds: timeout / 1000 }),
    },
  };
}

const byRelay = (reason: string): Carriage => ({ by: "relay", reason });

const familyOf = (address: string): IPFamily => (address.includes(":") ? "IPv6" : "IPv4");

function placeAt(
  address: string,
  port: number,
  allowed: readonly string[] | undefined,
): ServicePlace {
  return allowed === undefined ? { address, port } : { address, port, allowed };
}
