import { familyOf } from "../net/address.ts";
import type { ListenAddress } from "../net/listen-address.ts";
import { applyDefaults } from "../objects/apply-defaults.ts";
import { type EndpointSlice, SERVICE_NAME_LABEL } from "../objects/endpoint-slice.ts";
import type { Endpoints } from "../objects/endpoints.ts";
import { groupKindOf, type KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Service } from "../objects/service.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Change, Operation } from "../store/operation.ts";
import { slicesOf } from "../store/slices-of.ts";
import type { StoreReader } from "../store/store-reader.ts";

const NAMESPACE = "default";
const NAME = "kubernetes";
const SLICE = "EndpointSlice.discovery.k8s.io";

/** What an API server publishes about itself (P.9). */
interface Published {
  readonly service: KubernetesObject;
  readonly endpoints: Endpoints;
  readonly slice: EndpointSlice;
}

/** The objects that stand for an API server, to be put into a store before anything else. */
export function apiServerObjects(
  address: ListenAddress,
): [service: KubernetesObject, endpoints: Endpoints, slice: EndpointSlice] {
  const { service, endpoints, slice } = published(address);
  return [service, endpoints, slice];
}

/**
 * Publishes an API server that runs elsewhere as Service default/kubernetes, as it would itself, and keeps the
 * objects up to date. Endpoints or a selector in a manifest for that Service take precedence. The address may be a
 * loopback one, which API servers refuse from users: only this machine uses it here.
 */
export function createApiServerController(address: ListenAddress): Controller {
  const wanted = published(address);
  return {
    name: "api-server",
    kinds: new Set(["Service", "Endpoints", SLICE]),
    reconcile(changes, store) {
      return changes.some(isAbout) ? reconcile(wanted, store) : [];
    },
  };
}

function isAbout({ kind, object: { metadata } }: Change): boolean {
  if (metadata.namespace !== NAMESPACE) return false;
  return (
    metadata.name === NAME || (kind === SLICE && metadata.labels?.[SERVICE_NAME_LABEL] === NAME)
  );
}

function reconcile({ service, endpoints, slice }: Published, store: StoreReader): Operation[] {
  const found = store.get("Service", NAMESPACE, NAME);
  const operations: Operation[] = found === undefined ? [{ op: "put", object: service }] : [];
  const pairs = [
    [endpoints, store.get("Endpoints", NAMESPACE, NAME)],
    [slice, store.get(SLICE, NAMESPACE, NAME)],
  ] as const;
  const isReplaced = pairs.some(([ours, there]) => there !== undefined && !isSame(ours, there));
  if (isReplaced || selects(found) || hasOtherSlices(store)) {
    for (const [ours, there] of pairs) {
      if (there !== undefined && isSame(ours, there)) {
        operations.push({ op: "delete", key: keyOf(there) });
      }
    }
    return operations;
  }
  for (const [ours, there] of pairs) {
    if (there === undefined) operations.push({ op: "put", object: ours });
  }
  return operations;
}

function selects(service: Service | undefined): boolean {
  return Object.keys(service?.spec.selector ?? {}).length > 0;
}

function hasOtherSlices(store: StoreReader): boolean {
  const slices = slicesOf({ metadata: { namespace: NAMESPACE, name: NAME } }, store);
  return slices.some(({ metadata: { name } }) => name !== NAME);
}

function isSame(ours: KubernetesObject, there: KubernetesObject): boolean {
  const content = ({ metadata: _, ...rest }: KubernetesObject) => rest;
  return groupKindOf(ours) === groupKindOf(there) && jsonEqual(content(ours), content(there));
}

function published({ host, port }: ListenAddress): Published {
  const metadata = { name: NAME, namespace: NAMESPACE };
  const family = familyOf(host) ?? "IPv4";
  const ports = [{ name: "https", port, protocol: "TCP" }] as const;
  return {
    service: applyDefaults({
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, labels: { component: "apiserver", provider: "kubernetes" } },
      spec: {
        // Of the family that it is reached by.
        ipFamilies: [family],
        ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }],
      },
    }),
    endpoints: {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { ...metadata, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
      subsets: [{ addresses: [{ ip: host }], ports }],
    },
    slice: {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { [SERVICE_NAME_LABEL]: NAME } },
      addressType: family,
      endpoints: [{ addresses: [host], conditions: { ready: true } }],
      ports,
    },
  };
}
