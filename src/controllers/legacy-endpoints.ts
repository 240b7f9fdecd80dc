import { append } from "../objects/append.ts";
import {
  type Endpoint,
  type EndpointPort,
  type EndpointSlice,
  HEADLESS_LABEL,
  isEndpointReady,
  isEndpointTerminating,
  MANAGED_BY_LABEL,
  SERVICE_NAME_LABEL,
} from "../objects/endpoint-slice.ts";
import type { EndpointAddress, EndpointSubset, Endpoints } from "../objects/endpoints.ts";
import { keyOf, qualifiedName } from "../objects/object-key.ts";
import { isHeadless, type Service } from "../objects/service.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { portSetKey } from "./endpoint-ports.ts";
import { SLICE_CONTROLLER } from "./service-slices.ts";

type LegacyPort = NonNullable<EndpointSubset["ports"]>[number];

const MANAGED_LABEL = "endpoints.kubernetes.io/managed-by";
const MANAGER = "endpoint-controller";
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
/** Further addresses are left out, those that are not ready first (P.2). */
const MAX_ADDRESSES = 1000;

/**
 * Keeps the legacy Endpoints of Services with a selector, for clients that still read them: the same data as in the
 * slices of the first IP family, regrouped (P.2). Nothing here reads them.
 */
export function createLegacyEndpointsController(): Controller {
  return {
    name: "legacy-endpoints",
    kinds: new Set(["Endpoints", "EndpointSlice.discovery.k8s.io", "Service"]),
    reconcile(changes, store) {
      const touched = new Map<string, readonly [namespace: string, name: string]>();
      for (const { kind, object } of changes) {
        const { namespace = "", name, labels } = object.metadata;
        const isSlice = kind === "EndpointSlice.discovery.k8s.io";
        if (isSlice && labels?.[MANAGED_BY_LABEL] !== SLICE_CONTROLLER) continue;
        const service = isSlice ? (labels?.[SERVICE_NAME_LABEL] ?? "") : name;
        touched.set(qualifiedName(namespace, service), [namespace, service]);
      }
      return [...touched.values()].flatMap(([namespace, name]) =>
        reconcile(namespace, name, store),
      );
    },
  };
}

function reconcile(namespace: string, name: string, store: StoreReader): Operation[] {
  const service = store.get("Service", namespace, name);
  const existing = store.get("Endpoints", namespace, name);
  if (service === undefined || !selects(service)) {
    const isOurs = existing?.metadata.labels?.[MANAGED_LABEL] === MANAGER;
    return isOurs ? [{ op: "delete", key: keyOf(existing) }] : [];
  }
  const wanted = endpointsOf(service, store);
  const same =
    existing !== undefined &&
    jsonEqual(existing.subsets, wanted.subsets) &&
    jsonEqual(existing.metadata.labels, wanted.metadata.labels) &&
    jsonEqual(existing.metadata.annotations, wanted.metadata.annotations);
  return same ? [] : [{ op: "put", object: wanted }];
}

function selects({ spec: { type, selector = {} } }: Service): boolean {
  return type !== "ExternalName" && Object.keys(selector).length > 0;
}

function endpointsOf(service: Service, store: StoreReader): Endpoints {
  const { name, namespace = "", uid = "", labels } = service.metadata;
  const [family = "IPv4"] = service.spec.ipFamilies ?? [];
  const slices = store.dependents(uid).filter((object): object is EndpointSlice => {
    return object.kind === "EndpointSlice" && (object as EndpointSlice).addressType === family;
  });
  const { subsets, isCut } = subsetsOf(slices);
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name,
      namespace,
      labels: {
        ...labels,
        [MANAGED_LABEL]: MANAGER,
        ...(isHeadless(service) ? { [HEADLESS_LABEL]: "" } : {}),
      },
      ...(isCut ? { annotations: { [OVER_CAPACITY]: "truncated" } } : {}),
    },
    ...(subsets.length === 0 ? {} : { subsets }),
  };
}

/** One subset for each set of ports, without pods that are terminating. */
function subsetsOf(slices: readonly EndpointSlice[]) {
  const groups = new Map<string, { ports: readonly EndpointPort[]; all: Endpoint[] }>();
  for (const { endpoints, ports } of slices) {
    const usable = endpoints.filter((one) => isEndpointReady(one) || !isEndpointTerminating(one));
    if (usable.length === 0) continue;
    const key = portSetKey(ports ?? []);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ports: ports ?? [], all: [...usable] });
    else append(group.all, usable);
  }
  const total = [...groups.values()].reduce((sum, { all }) => sum + all.length, 0);
  const kept = total > MAX_ADDRESSES ? firstReady([...groups.values()]) : undefined;
  const subsets = [...groups.values()].flatMap(({ ports, all }): EndpointSubset[] => {
    const left = kept === undefined ? all : all.filter((endpoint) => kept.has(endpoint));
    return left.length === 0 ? [] : [subsetOf(left, ports)];
  });
  return { subsets, isCut: kept !== undefined };
}

function firstReady(groups: readonly { readonly all: readonly Endpoint[] }[]): Set<Endpoint> {
  const all = groups.flatMap((group) => group.all);
  const order = [...all.filter(isEndpointReady), ...all.filter((one) => !isEndpointReady(one))];
  return new Set(order.slice(0, MAX_ADDRESSES));
}

function subsetOf(endpoints: readonly Endpoint[], ports: readonly EndpointPort[]): EndpointSubset {
  const addresses = endpoints.filter(isEndpointReady).map(addressOf);
  const notReadyAddresses = endpoints.filter((one) => !isEndpointReady(one)).map(addressOf);
  return {
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
    ...(ports.length === 0 ? {} : { ports: ports.map(withoutEmptyName) }),
  };
}

function addressOf({ addresses, hostname, nodeName, targetRef }: Endpoint): EndpointAddress {
  return {
    ip: addresses[0]!,
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}

function withoutEmptyName({ name, port = 0, ...rest }: EndpointPort): LegacyPort {
  return { ...(name ? { name } : {}), port, ...rest };
}
