import { isFinished } from "../controllers/pod-state.ts";
import { fromLabelSelector } from "../labels/label-selector.ts";
import type { Selector } from "../labels/selector.ts";
import { Cidr } from "../net/cidr.ts";
import { policyTypes } from "../objects/kinds/network-policy.ts";
import type { LabelSelector } from "../objects/label-selector.ts";
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "../objects/network-policy.ts";
import type { Pod, Protocol } from "../objects/pod.ts";
import { podIPs } from "../objects/pod.ts";
import { targetPortOf } from "../objects/target-port.ts";
import { isNamespaceSelected } from "../routes/namespace-selection.ts";
import type { StoreReader } from "../store/store-reader.ts";

export type Direction = "Ingress" | "Egress";

/** Peers by address. */
export type PeerMatch =
  | { readonly addresses: readonly string[] }
  | { readonly range: Cidr; readonly except: readonly Cidr[] };

export interface PortMatch {
  readonly protocol: Protocol;
  /** Absent: every port. */
  readonly ports?: { readonly first: number; readonly last: number };
}

/** Connections that a policy lets through. */
export interface Permit {
  /** One of these; absent: anybody. */
  readonly peers?: readonly PeerMatch[];
  /** At one of these; absent: at any port, by any protocol. */
  readonly ports?: readonly PortMatch[];
}

/** What a pod may do in a direction in which policies select it: what one of them permits, and nothing else. */
export interface Isolation {
  readonly policies: readonly NetworkPolicy[];
  readonly permits: readonly Permit[];
}

/** The objects that policies are about. */
export interface PolicyWorld {
  readonly store: StoreReader;
  /** Every address of a pod. Default: those in its status. */
  readonly addressesOf?: ((pod: Pod) => readonly string[]) | undefined;
  /** Peers that no object stands for. Default: none. */
  readonly furtherPods?: readonly Pod[];
}

/**
 * What NetworkPolicies say of a pod in one direction. Explanations ask the same as what is enforced.
 * @returns undefined when none selects it: then everything is permitted
 */
export function isolationOf(
  pod: Pod,
  direction: Direction,
  world: PolicyWorld,
): Isolation | undefined {
  const policies = policiesOf(pod, direction, world.store);
  if (policies.length === 0) return undefined;
  const permits = policies.flatMap((policy) => {
    const { ingress = [], egress = [] } = policy.spec;
    return direction === "Ingress"
      ? ingress.flatMap(({ from, ports }) => permitsOf(policy, from, ports, direction, pod, world))
      : egress.flatMap(({ to, ports }) => permitsOf(policy, to, ports, direction, pod, world));
  });
  return { policies, permits };
}

function policiesOf(pod: Pod, direction: Direction, store: StoreReader): NetworkPolicy[] {
  const { namespace = "", labels = {} } = pod.metadata;
  // A pod of its node's network is to others the node itself.
  if (pod.spec.hostNetwork === true) return [];
  return store
    .list("NetworkPolicy.networking.k8s.io", { namespace })
    .filter(
      ({ spec }) =>
        policyTypes(spec).includes(direction) &&
        selectorOf(spec.podSelector ?? {})?.matches(labels) === true,
    );
}

/** A rule without peers is about anybody, and one without ports about all of them. */
function permitsOf(
  policy: NetworkPolicy,
  peers: readonly NetworkPolicyPeer[] = [],
  ports: readonly NetworkPolicyPort[] = [],
  direction: Direction,
  pod: Pod,
  world: PolicyWorld,
): Permit[] {
  const { namespace = "" } = policy.metadata;
  const found =
    peers.length === 0 ? undefined : peers.flatMap((peer) => matchOf(peer, namespace, world));
  const named = ports.filter(isNamed);
  const numbered = ports.filter((port) => !isNamed(port)).flatMap(portMatch);
  const permit: Permit = { ...(found && { peers: found }) };
  if (ports.length === 0) return [permit];
  const permits: Permit[] = numbered.length === 0 ? [] : [{ ...permit, ports: numbered }];
  // A name is that of a container port of the pod that is connected to.
  for (const port of named) {
    if (direction === "Ingress") {
      permits.push({ ...permit, ports: namedPort(port, pod) });
      continue;
    }
    for (const other of podsOf(world)) {
      const own = namedPort(port, other);
      if (own.length === 0) continue;
      const addresses = addressesIn(other, world).filter(
        (address) => found === undefined || found.some((peer) => isPeer(peer, address)),
      );
      if (addresses.length > 0) permits.push({ peers: [{ addresses }], ports: own });
    }
  }
  return permits;
}

function matchOf(
  { ipBlock, podSelector, namespaceSelector }: NetworkPolicyPeer,
  namespace: string,
  world: PolicyWorld,
): PeerMatch[] {
  if (ipBlock !== undefined) {
    const range = rangeOf(ipBlock.cidr);
    return range === undefined
      ? []
      : [{ range, except: (ipBlock.except ?? []).flatMap((text) => rangeOf(text) ?? []) }];
  }
  const selector = selectorOf(podSelector ?? {});
  const addresses = podsOf(world)
    .filter(({ metadata }) => {
      const { namespace: own = "", labels = {} } = metadata;
      const isThere =
        namespaceSelector === undefined
          ? own === namespace
          : isIn(world.store, namespaceSelector, own);
      return isThere && selector?.matches(labels) === true;
    })
    .flatMap((pod) => addressesIn(pod, world));
  return [{ addresses }];
}

/** Pods that have addresses of their own. */
function podsOf({ store, furtherPods = [] }: PolicyWorld): Pod[] {
  const pods = store.list("Pod").filter((pod) => !isFinished(pod) && pod.spec.hostNetwork !== true);
  return [...pods, ...furtherPods];
}

const addressesIn = (pod: Pod, { addressesOf = podIPs }: PolicyWorld): readonly string[] =>
  addressesOf(pod);

export function isPeer(peer: PeerMatch, address: string): boolean {
  if ("addresses" in peer) return peer.addresses.includes(address);
  return peer.range.contains(address) && !peer.except.some((range) => range.contains(address));
}

const isNamed = ({ port }: NetworkPolicyPort): boolean => typeof port === "string";

function portMatch({ port, endPort, protocol = "TCP" }: NetworkPolicyPort): PortMatch[] {
  if (port === undefined) return [{ protocol }];
  const first = Number(port);
  return [{ protocol, ports: { first, last: endPort ?? first } }];
}

function namedPort({ port, protocol = "TCP" }: NetworkPolicyPort, { spec }: Pod): PortMatch[] {
  const found = targetPortOf({ port: 0, targetPort: port as string, protocol }, spec);
  return typeof found === "number" ? [{ protocol, ports: { first: found, last: found } }] : [];
}

/** Objects that were not checked on their way in may hold anything: what can't be read selects nothing. */
function selectorOf(selector: LabelSelector): Selector | undefined {
  try {
    return fromLabelSelector(selector);
  } catch {
    return undefined;
  }
}

function isIn(store: StoreReader, selector: LabelSelector, namespace: string): boolean {
  try {
    return isNamespaceSelected(store, selector as never, namespace);
  } catch {
    return false;
  }
}

function rangeOf(text: string): Cidr | undefined {
  try {
    return new Cidr(text);
  } catch {
    return undefined;
  }
}
