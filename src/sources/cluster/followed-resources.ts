import type { Resource } from "../../objects/api-resource.ts";
import { RESOURCES } from "../../objects/resource.ts";

/**
 * What is read of a cluster: Services and what stands behind them, what makes Pods, and what leads traffic in. Not
 * Secrets and ConfigMaps: nobody who only looks at names needs them.
 */
const FOLLOWED: ReadonlySet<string> = new Set([
  "Namespace",
  "Node",
  "Service",
  "Endpoints",
  "EndpointSlice.discovery.k8s.io",
  "Pod",
  "ReplicationController",
  "Deployment.apps",
  "ReplicaSet.apps",
  "StatefulSet.apps",
  "DaemonSet.apps",
  "Job.batch",
  "CronJob.batch",
  "Ingress.networking.k8s.io",
  "IngressClass.networking.k8s.io",
  "NetworkPolicy.networking.k8s.io",
  "Gateway.gateway.networking.k8s.io",
  "GatewayClass.gateway.networking.k8s.io",
  "HTTPRoute.gateway.networking.k8s.io",
  "GRPCRoute.gateway.networking.k8s.io",
  "TLSRoute.gateway.networking.k8s.io",
  "TCPRoute.gateway.networking.k8s.io",
  "UDPRoute.gateway.networking.k8s.io",
  "ListenerSet.gateway.networking.k8s.io",
  "ReferenceGrant.gateway.networking.k8s.io",
  "BackendTLSPolicy.gateway.networking.k8s.io",
]);

/** The resources that are read of a cluster, each in the version that we prefer. */
export function followedResources(): readonly Resource[] {
  const seen = new Set<string>();
  return RESOURCES.filter(({ groupKind }) => {
    if (!FOLLOWED.has(groupKind) || seen.has(groupKind)) return false;
    seen.add(groupKind);
    return true;
  });
}

/** Without these there is nothing to say about names; a cluster that refuses them is told of. */
const NEEDED: ReadonlySet<string> = new Set(["Service", "EndpointSlice.discovery.k8s.io", "Pod"]);

export function isNeeded({ groupKind }: Resource): boolean {
  return NEEDED.has(groupKind);
}

/** Where a resource is listed: what has no namespace once, anything else in each. Undefined for everywhere. */
export function placesOf(
  { namespaced }: Resource,
  namespaces: readonly string[] | undefined,
): readonly (string | undefined)[] {
  return namespaced && namespaces !== undefined ? namespaces : [undefined];
}

/** The path of a resource's collection; without a namespace, of all of them. */
export function collectionPath(
  { apiVersion, plural, namespaced }: Resource,
  namespace: string | undefined,
): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
  return `${root}${place}/${plural}`;
}
