import { groupKind } from "./object.ts";

/** The words by which kubectl knows a kind. */
export interface KindNames {
  /** `Pod`, `Deployment.apps`: see groupKind. */
  readonly groupKind: string;
  readonly kind: string;
  /** `apps`; empty for the core group. */
  readonly group: string;
  /** The preferred apiVersion: `apps/v1`. */
  readonly apiVersion: string;
  /** Plural, as in URLs and `kubectl get`: `deployments`. */
  readonly resource: string;
  readonly singular: string;
  /** `deploy` */
  readonly shortNames: readonly string[];
}

const ROWS: readonly (readonly [
  apiVersion: string,
  kind: string,
  resource: string,
  ...string[],
])[] = [
  ["v1", "Pod", "pods", "po"],
  ["v1", "Service", "services", "svc"],
  ["v1", "Endpoints", "endpoints", "ep"],
  ["v1", "Namespace", "namespaces", "ns"],
  ["v1", "Node", "nodes", "no"],
  ["v1", "ConfigMap", "configmaps", "cm"],
  ["v1", "Secret", "secrets"],
  ["v1", "ReplicationController", "replicationcontrollers", "rc"],
  ["v1", "PersistentVolume", "persistentvolumes", "pv"],
  ["v1", "PersistentVolumeClaim", "persistentvolumeclaims", "pvc"],
  ["v1", "ServiceAccount", "serviceaccounts", "sa"],
  ["v1", "Event", "events", "ev"],
  ["v1", "LimitRange", "limitranges", "limits"],
  ["v1", "ResourceQuota", "resourcequotas", "quota"],
  ["apps/v1", "Deployment", "deployments", "deploy"],
  ["apps/v1", "ReplicaSet", "replicasets", "rs"],
  ["apps/v1", "StatefulSet", "statefulsets", "sts"],
  ["apps/v1", "DaemonSet", "daemonsets", "ds"],
  ["apps/v1", "ControllerRevision", "controllerrevisions"],
  ["batch/v1", "Job", "jobs"],
  ["batch/v1", "CronJob", "cronjobs", "cj"],
  ["discovery.k8s.io/v1", "EndpointSlice", "endpointslices"],
  ["networking.k8s.io/v1", "Ingress", "ingresses", "ing"],
  ["networking.k8s.io/v1", "IngressClass", "ingressclasses"],
  ["networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", "netpol"],
  ["networking.k8s.io/v1", "ServiceCIDR", "servicecidrs"],
  ["networking.k8s.io/v1", "IPAddress", "ipaddresses", "ip"],
  ["policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", "pdb"],
  ["autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa"],
  ["storage.k8s.io/v1", "StorageClass", "storageclasses", "sc"],
  ["rbac.authorization.k8s.io/v1", "Role", "roles"],
  ["rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"],
  ["rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles"],
  ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings"],
  [
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    "crd",
    "crds",
  ],
  ["multicluster.x-k8s.io/v1alpha1", "ServiceImport", "serviceimports", "svcim"],
  ["multicluster.x-k8s.io/v1alpha1", "ServiceExport", "serviceexports", "svcex"],
];

/** Every kind with a name of its own in kubectl that we know; others are found by what the store holds. */
export const KIND_NAMES: readonly KindNames[] = ROWS.map(
  ([apiVersion, kind, resource, ...shortNames]) => ({
    groupKind: groupKind(apiVersion, kind),
    kind,
    group: apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "",
    apiVersion,
    resource,
    singular: kind.toLowerCase(),
    shortNames,
  }),
);

const BY_WORD: ReadonlyMap<string, KindNames> = new Map(
  // In reverse, so that of two kinds with one word the first of the table wins.
  [...KIND_NAMES].reverse().flatMap((names) =>
    [names.resource, names.singular, ...names.shortNames].flatMap((word): [string, KindNames][] =>
      names.group === ""
        ? [[word, names]]
        : [
            [word, names],
            [`${word}.${names.group}`, names],
            [`${word}.${names.apiVersion.slice(names.group.length + 1)}.${names.group}`, names],
          ],
    ),
  ),
);

const BY_GROUP_KIND: ReadonlyMap<string, KindNames> = new Map(
  KIND_NAMES.map((names) => [names.groupKind, names]),
);

/**
 * The kind that a word means to kubectl, in any case: `deploy`, `deployments`, `Deployment`,
 * `deployments.apps`, `deployments.v1.apps`.
 */
export function findKind(word: string): KindNames | undefined {
  return BY_WORD.get(word.toLowerCase());
}

/** The names of a kind given as groupKind. */
export function namesOfKind(groupKind: string): KindNames | undefined {
  return BY_GROUP_KIND.get(groupKind);
}

/** Every word that {@link findKind} takes, group-qualified ones left out: for suggestions. */
export function kindWords(): readonly string[] {
  return KIND_NAMES.flatMap(({ resource, singular, shortNames }) => [
    resource,
    singular,
    ...shortNames,
  ]);
}
