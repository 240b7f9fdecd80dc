import type { NetworkPolicy } from "../objects/network-policy.ts";
import type { Pod, Protocol } from "../objects/pod.ts";
import { type Direction, isolationOf, isPeer, type Permit, type PolicyWorld } from "./isolation.ts";

/** One end of a connection. */
export interface Party {
  readonly address: string;
  /** The pod that has the address; absent: no policy selects it. */
  readonly pod?: Pod | undefined;
}

export interface Attempt {
  readonly from: Party;
  readonly to: Party;
  /** The port of the pod that is connected to, not that of a Service. */
  readonly port: number;
  readonly protocol: Protocol;
}

/** A connection that policies don't permit. */
export interface Refused {
  readonly direction: Direction;
  /** Those that isolate the pod, of which none permits it. */
  readonly policies: readonly NetworkPolicy[];
}

/**
 * Whether NetworkPolicies permit a new connection between pods: those of the pod that it is from, then those of the pod
 * that it is to. A pod always reaches itself.
 * @returns undefined when they do
 */
export function refusalOf(attempt: Attempt, world: PolicyWorld): Refused | undefined {
  const { from, to } = attempt;
  if (from.address === to.address) return undefined;
  return (
    refusedBy(from, "Egress", to.address, attempt, world) ??
    refusedBy(to, "Ingress", from.address, attempt, world)
  );
}

function refusedBy(
  { pod }: Party,
  direction: Direction,
  other: string,
  attempt: Attempt,
  world: PolicyWorld,
): Refused | undefined {
  const isolation = pod && isolationOf(pod, direction, world);
  if (isolation === undefined) return undefined;
  const { policies, permits } = isolation;
  return permits.some((permit) => isPermitted(permit, other, attempt))
    ? undefined
    : { direction, policies };
}

function isPermitted(
  { peers, ports }: Permit,
  other: string,
  { port, protocol }: Pick<Attempt, "port" | "protocol">,
): boolean {
  if (peers !== undefined && !peers.some((peer) => isPeer(peer, other))) return false;
  if (ports === undefined) return true;
  return ports.some(
    (match) =>
      match.protocol === protocol &&
      (match.ports === undefined || (match.ports.first <= port && port <= match.ports.last)),
  );
}

/** `NetworkPolicy deny-all selects shop/web-1 and permits no such ingress`. */
export function describeRefusal({ direction, policies }: Refused, { from, to }: Attempt): string {
  const { pod } = direction === "Egress" ? from : to;
  const { namespace, name } = pod?.metadata ?? {};
  const names = policies.map(({ metadata }) => metadata.name).join(", ");
  const [noun, select, permit] =
    policies.length === 1
      ? ["NetworkPolicy", "selects", "permits"]
      : ["NetworkPolicies", "select", "permit"];
  const what = direction === "Egress" ? `egress to ${to.address}` : `ingress from ${from.address}`;
  return `${noun} ${names} ${select} ${namespace}/${name} and ${permit} no such ${what}`;
}
