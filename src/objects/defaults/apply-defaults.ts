import type { Namespace, Secret } from "../cluster.ts";
import type { KnownKind, KnownKinds } from "../known-kinds.ts";
import type { NetworkPolicy } from "../network-policy.ts";
import type { KubernetesObject } from "../object.ts";
import { groupKindOf } from "../object.ts";
import type { CustomResourceDefinition } from "../tables/kinds.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../volume.ts";
import { change, changeEach, fill } from "./fill.ts";
import { defaultPod } from "./pod.ts";
import { defaultEndpointSlice, defaultEndpoints, defaultService } from "./service.ts";
import * as workloads from "./workloads.ts";

/** The label by which selectors can name one namespace. */
export const NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name";

type Defaults = { readonly [K in KnownKind]?: (object: KnownKinds[K]) => KnownKinds[K] };

const DEFAULTS: Defaults = {
  Pod: defaultPod,
  Service: defaultService,
  Endpoints: defaultEndpoints,
  "EndpointSlice.discovery.k8s.io": defaultEndpointSlice,
  Namespace: defaultNamespace,
  Secret: defaultSecret,
  ReplicationController: workloads.defaultReplicationController,
  "Deployment.apps": workloads.defaultDeployment,
  "ReplicaSet.apps": workloads.defaultReplicaSet,
  "StatefulSet.apps": workloads.defaultStatefulSet,
  "DaemonSet.apps": workloads.defaultDaemonSet,
  "Job.batch": workloads.defaultJob,
  "CronJob.batch": workloads.defaultCronJob,
  PersistentVolume: defaultVolume,
  PersistentVolumeClaim: defaultClaim,
  "NetworkPolicy.networking.k8s.io": defaultNetworkPolicy,
  "CustomResourceDefinition.apiextensions.k8s.io": defaultDefinition,
};

/**
 * What an API server fills in of the fields we read when an object leaves them out. The object itself
 * when it leaves out none; fields that are allocated (addresses, node ports) stay absent.
 */
export function applyDefaults(object: KubernetesObject): KubernetesObject {
  const kind = groupKindOf(object);
  if (!Object.hasOwn(DEFAULTS, kind)) return object;
  const apply = DEFAULTS[kind as KnownKind] as
    | ((object: KubernetesObject) => KubernetesObject)
    | undefined;
  return apply?.(object) ?? object;
}

function defaultNamespace(namespace: Namespace): Namespace {
  const { labels = {}, name } = namespace.metadata;
  if (labels[NAMESPACE_NAME_LABEL] === name) return namespace;
  const all = { ...labels, [NAMESPACE_NAME_LABEL]: name };
  return { ...namespace, metadata: { ...namespace.metadata, labels: all } };
}

function defaultDefinition(definition: CustomResourceDefinition): CustomResourceDefinition {
  return change(definition, "spec", (spec) =>
    change(fill(spec, { conversion: { strategy: "None" } }), "names", (names) =>
      fill(names, { singular: names.kind.toLowerCase(), listKind: `${names.kind}List` }),
    ),
  );
}

/** `stringData` is for writing only: it becomes `data`. */
function defaultSecret(secret: Secret): Secret {
  const made = fill(secret, { type: "Opaque" });
  if (made.stringData === undefined) return made;
  const { stringData, ...rest } = made;
  const encoded = Object.entries(stringData).map(
    ([key, text]) => [key, Buffer.from(text).toString("base64")] as const,
  );
  return { ...rest, data: Object.fromEntries([...Object.entries(rest.data ?? {}), ...encoded]) };
}

function defaultVolume(volume: PersistentVolume): PersistentVolume {
  return change(volume, "spec", (spec) =>
    fill(spec, { volumeMode: "Filesystem", persistentVolumeReclaimPolicy: "Retain" }),
  );
}

function defaultClaim(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  return change(claim, "spec", (spec) => fill(spec, { volumeMode: "Filesystem" }));
}

/** A policy is about ingress, and about egress when it has rules for it. */
function defaultNetworkPolicy(policy: NetworkPolicy): NetworkPolicy {
  const port = <T extends { readonly protocol?: "TCP" | "UDP" | "SCTP" }>(one: T): T =>
    fill(one, { protocol: "TCP" } as Partial<T>);
  return change(policy, "spec", (spec) => {
    const egress = (spec.egress ?? []).length > 0;
    let made = spec;
    if ((spec.policyTypes ?? []).length === 0) {
      made = { ...spec, policyTypes: egress ? ["Ingress", "Egress"] : ["Ingress"] };
    }
    made = change(made, "ingress", (rules) =>
      changeEach(rules, (rule) => change(rule, "ports", (ports) => changeEach(ports, port))),
    );
    return change(made, "egress", (rules) =>
      changeEach(rules, (rule) => change(rule, "ports", (ports) => changeEach(ports, port))),
    );
  });
}
