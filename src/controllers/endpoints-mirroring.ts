import { familyOf } from "../net/address.ts";
import {
  type Endpoint,
  type EndpointPort,
  type EndpointSlice,
  MANAGED_BY_LABEL,
  SERVICE_NAME_LABEL,
} from "../objects/endpoint-slice.ts";
import type { EndpointAddress, EndpointSubset, Endpoints } from "../objects/endpoints.ts";
import { keyOf, qualifiedName } from "../objects/object-key.ts";
import type { Service } from "../objects/service.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { portSetKey } from "./endpoint-ports.ts";
import { freeName } from "./generated-name.ts";
import { controllerReference } from "./ownership.ts";

/** The value of the managed-by label on mirrored slices. */
export const MIRRORING_CONTROLLER = "endpointslicemirroring-controller.k8s.io";
const SKIP_MIRROR_LABEL = "endpointslice.kubernetes.io/skip-mirror";
const LEADER_ANNOTATION = "control-plane.alpha.kubernetes.io/leader";
/** Annotations about the Endpoints object itself, which are not copied. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
]);
/** Further addresses are left out, those that are not ready first (P.2). */
const MAX_ADDRESSES = 1000;

/**
 * Copies hand-written Endpoints to EndpointSlices, which all consumers read (P.2): those of a Service without
 * selector, unless a label forbids it.
 */
export function createEndpointsMirroringController(): Controller {
  return {
    name: "endpoints-mirroring",
    kinds: new Set(["Endpoints", "EndpointSlice.discovery.k8s.io", "Service"]),
    reconcile(changes, store) {
      const touched = new Map<string, Endpoints>();
      const touch = (namespace: string, name: string) => {
        const endpoints = store.get("Endpoints", namespace, name);
        if (endpoints !== undefined) touched.set(qualifiedName(namespace, name), endpoints);
      };
      for (const { kind, object } of changes) {
        const { namespace = "", name, labels } = object.metadata;
        if (kind === "Endpoints" || kind === "Service") touch(namespace, name);
        else if (kind === "EndpointSlice.discovery.k8s.io" && isMirrored(object as EndpointSlice)) {
          touch(namespace, labels?.[SERVICE_NAME_LABEL] ?? "");
        }
      }
      return [...touched.values()].flatMap((endpoints) => mirror(endpoints, store));
    },
  };
}

function mirror(endpoints: Endpoints, store: StoreReader): Operation[] {
  const { uid = "", namespace = "", name } = endpoints.metadata;
  const service = store.get("Service", namespace, name);
  const wanted = shouldMirror(endpoints, service) ? groupsOf(endpoints) : [];
  const existing = store.dependents(uid).filter(isMirrored);
  const operations: Operation[] = [];
  const used = new Set<string>();
  const keep = (slice: EndpointSlice, before: EndpointSlice | undefined) => {
    used.add(slice.metadata.name);
    if (before === undefined || !sameSlice(before, slice)) {
      operations.push({ op: "put", object: slice });
    }
  };
  const unmatched = wanted.filter((group) => {
    const before = existing.find((slice) => {
      return !used.has(slice.metadata.name) && keyOfGroup(slice) === keyOfGroup(group);
    });
    if (before !== undefined) keep(sliceOf(endpoints, group, before.metadata.name), before);
    return before === undefined;
  });
  for (const group of unmatched) {
    const isTaken = (candidate: string) =>
      used.has(candidate) ||
      store.get("EndpointSlice.discovery.k8s.io", namespace, candidate) !== undefined;
    const free = freeName(`${name}-`, `mirror/${namespace}/${name}`, 0, isTaken);
    keep(sliceOf(endpoints, group, free.name), undefined);
  }
  for (const slice of existing) {
    if (!used.has(slice.metadata.name)) operations.push({ op: "delete", key: keyOf(slice) });
  }
  return operations;
}

/** What becomes one slice. */
type Group = Pick<EndpointSlice, "addressType" | "ports" | "endpoints">;

function shouldMirror({ metadata }: Endpoints, service: Service | undefined): boolean {
  return (
    service !== undefined &&
    Object.keys(service.spec.selector ?? {}).length === 0 &&
    metadata.labels?.[SKIP_MIRROR_LABEL] !== "true" &&
    metadata.annotations?.[LEADER_ANNOTATION] === undefined
  );
}

/** Subsets with the same ports make one slice per address family. */
function groupsOf({ subsets = [] }: Endpoints): Group[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  for (const subset of subsets) {
    const ports = portsOf(subset);
    for (const endpoint of endpointsOf(subset)) {
      const family = familyOf(endpoint.addresses[0] ?? "");
      if (family === undefined) continue;
      const key = `${family} ${portSetKey(ports)}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { ports, endpoints: [endpoint] });
      else group.endpoints.push(endpoint);
    }
  }
  return [...groups].map(([key, { ports, endpoints }]) => {
    return { addressType: key.startsWith("IPv4") ? "IPv4" : "IPv6", ports, endpoints };
  });
}

function portsOf({ ports = [] }: EndpointSubset): EndpointPort[] {
  return ports.map((port) => ({
    ...port,
    name: port.name ?? "",
    protocol: port.protocol ?? "TCP",
  }));
}

function endpointsOf({ addresses = [], notReadyAddresses = [] }: EndpointSubset): Endpoint[] {
  return [
    ...addresses.map((address) => endpointOf(address, true)),
    ...notReadyAddresses.map((address) => endpointOf(address, false)),
  ].slice(0, MAX_ADDRESSES);
}

function endpointOf({ ip, ...rest }: EndpointAddress, ready: boolean): Endpoint {
  return { addresses: [ip], conditions: { ready }, ...rest };
}

function sliceOf(endpoints: Endpoints, group: Group, name: string): EndpointSlice {
  const { metadata } = endpoints;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => !OWN_ANNOTATIONS.has(key),
  );
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: {
        ...metadata.labels,
        [SERVICE_NAME_LABEL]: metadata.name,
        [MANAGED_BY_LABEL]: MIRRORING_CONTROLLER,
      },
      ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
      ownerReferences: [controllerReference(endpoints)],
    },
    ...group,
  };
}

function isMirrored(object: {
  readonly metadata: EndpointSlice["metadata"];
}): object is EndpointSlice {
  return object.metadata.labels?.[MANAGED_BY_LABEL] === MIRRORING_CONTROLLER;
}

function keyOfGroup({ addressType, ports }: Group): string {
  return `${addressType} ${portSetKey(ports ?? [])}`;
}

function sameSlice(a: EndpointSlice, b: EndpointSlice): boolean {
  return (
    jsonEqual(a.endpoints, b.endpoints) &&
    jsonEqual(a.ports, b.ports) &&
    jsonEqual(a.metadata.labels, b.metadata.labels) &&
    jsonEqual(a.metadata.annotations ?? {}, b.metadata.annotations ?? {})
  );
}
