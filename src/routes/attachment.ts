import {
  GATEWAY_GROUP,
  type Gateway,
  type ListenerSet,
  type ParentReference,
} from "../objects/gateway.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import type { Problem } from "./fault.ts";
import { formatHost, type HostPattern, hostPattern, intersectHosts } from "./host-pattern.ts";
import { allowsNamespace, type GatewayListener } from "./listeners.ts";

/** A Gateway or a ListenerSet, with the listeners that a route can attach to. */
export interface Parent {
  readonly owner: Gateway | ListenerSet;
  readonly listeners: readonly GatewayListener[];
}

/** A route attached to a listener: the hosts that it serves there. */
export interface Attached {
  readonly listener: GatewayListener;
  readonly hosts: readonly HostPattern[];
}

export interface Attachment {
  readonly attached: readonly Attached[];
  /** Why this parent does not accept it. */
  readonly problem: Problem | undefined;
}

/** The listeners of a parent that accept a route, by the rules of the parentRef, the listeners and the host names. */
export function attach(
  store: ObjectReader,
  route: KubernetesObject,
  ref: ParentReference,
  parent: Parent,
  hostnames: readonly string[],
): Attachment {
  const named = parent.listeners.filter(
    ({ spec }) =>
      (ref.sectionName === undefined || spec.name === ref.sectionName) &&
      (ref.port === undefined || spec.port === ref.port),
  );
  const parentName = `${parent.owner.kind} ${parent.owner.metadata.name}`;
  if (named.length === 0) {
    const section = ref.sectionName === undefined ? "" : ` named ${ref.sectionName}`;
    const port = ref.port === undefined ? "" : ` at port ${ref.port}`;
    return none({
      reason: "NoMatchingParent",
      message: `${parentName} has no listener${section}${port}`,
      rule: "route-listener",
      field: [ref.sectionName === undefined ? "port" : "sectionName"],
      hint: () => {
        const there = parent.listeners.map(({ spec: { name, port } }) => `${name} at ${port}`);
        return there.length === 0 ? undefined : `it has ${there.join(", ")}`;
      },
    });
  }
  const allowing = named.filter((listener) => allows(store, listener, route));
  if (allowing.length === 0) {
    const { namespace } = route.metadata;
    return none({
      reason: "NotAllowedByListeners",
      message: `no listener of ${parentName} takes ${route.kind}s of namespace ${namespace}`,
      rule: "route-not-allowed",
      field: [],
      hint: () => "a listener's allowedRoutes says which namespaces and kinds it takes",
    });
  }
  const attached = allowing.flatMap((listener) => {
    const hosts = hostsAt(listener, hostnames);
    return hosts.length === 0 ? [] : [{ listener, hosts }];
  });
  return attached.length === 0
    ? none({
        reason: "NoMatchingListenerHostname",
        message: `no listener of ${parentName} has a host name that matches ${hostnames.join(", ")}`,
        rule: "route-host",
        field: [],
        hint: () => `it takes ${allowing.map(({ host }) => formatHost(host)).join(", ")}`,
      })
    : { attached, problem: undefined };
}

function none(problem: Problem): Attachment {
  return { attached: [], problem };
}

function allows(store: ObjectReader, listener: GatewayListener, route: KubernetesObject): boolean {
  const { supportedKinds, owner, spec } = listener;
  const isKind = supportedKinds.some(
    ({ group, kind }) => kind === route.kind && (group ?? GATEWAY_GROUP) === GATEWAY_GROUP,
  );
  const { namespace: home = "" } = owner.metadata;
  const { namespace = "" } = route.metadata;
  return isKind && allowsNamespace(store, spec.allowedRoutes?.namespaces, home, namespace, "Same");
}

function hostsAt({ host }: GatewayListener, hostnames: readonly string[]): HostPattern[] {
  if (hostnames.length === 0) return [host];
  return hostnames.flatMap((name) => intersectHosts(host, hostPattern(name)) ?? []);
}
