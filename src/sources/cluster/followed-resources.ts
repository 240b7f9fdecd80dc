import type { Resource } from "../../objects/api-resource.ts";
import { RESOURCES } from "../../objects/resource.ts";

/**
 * The kinds that are followed in a cluster: Services and what is behind them, the workloads that make Pods, and
 * routes from outside. Not Secrets and ConfigMaps, which are not needed to resolve names.
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

/** The followed resources, each in the version that we prefer. */
export function followedResources(): readonly Resource[] {
  const seen = new Set<string>();
  return RESOURCES.filter(({ groupKind }) => {
    if (!FOLLOWED.has(groupKind) || seen.has(groupKind)) return false;
    seen.add(groupKind);
    return true;
  });
}

/** Without these, names can't be resolved; a cluster that refuses them is reported. */
const NEEDED: ReadonlySet<string> = new Set(["Service", "EndpointSlice.discovery.k8s.io", "Pod"]);

export function isNeeded({ groupKind }: Resource): boolean {
  return NEEDED.has(groupKind);
}

/** Where a resource is listed: cluster-scoped ones once, others in each namespace. Undefined means all namespaces. */
export function placesOf(
  { namespaced }: Resource,
  namespaces: readonly string[] | undefined,
): readonly (string | undefined)[] {
  return namespaced && namespaces !== undefined ? namespaces : [undefined];
}

/** The path of a resource's collection; without a namespace, that of all namespaces. */
export function collectionPath(
  { apiVersion, plural, namespaced }: Resource,
  namespace: string | undefined,
): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
  return `${root}${place}/${plural}`;
}
