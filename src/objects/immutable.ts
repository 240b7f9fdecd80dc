import { isDeepStrictEqual } from "node:util";
import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { Finding } from "./finding.ts";
import { groupKindOf, type KubernetesObject } from "./object.ts";
import { isRecord } from "./read-shape.ts";

/**
 * The changes between two states of an object that an API server refuses. Nothing is refused here: a
 * file says what should be, and its object is replaced; where a cluster gets the file, it will not be.
 * Fields that the new state leaves out and the server would carry over are no changes (P.8).
 */
export function immutableFindings(
  previous: KubernetesObject,
  next: KubernetesObject,
): readonly Finding[] {
  const findings: Finding[] = [];
  IMMUTABLE.get(groupKindOf(next))?.(previous, next, (path, what) => {
    findings.push({
      rule: "field-immutable",
      severity: "warning",
      message: `a cluster does not let ${what} be changed`,
      hint: `there, delete the ${next.kind} first (kubectl replace --force)`,
      path,
    });
  });
  return findings;
}

type Json = Readonly<Record<string, unknown>>;
type Tell = (path: FieldPath, what: string) => void;
type Comparison = (previous: KubernetesObject, next: KubernetesObject, tell: Tell) => void;

/** Fields of `spec` that may be set once and not be changed then. */
function specFields(...fields: string[]): Comparison {
  return (previous, next, tell) => {
    for (const field of fields) {
      if (differs(specOf(previous)[field], specOf(next)[field])) tell(["spec", field], field);
    }
  };
}

/** All of `spec` but these fields. */
function specExcept(...fields: string[]): Comparison {
  return (previous, next, tell) => {
    const [before, after] = [specOf(previous), specOf(next)];
    for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (fields.includes(field)) continue;
      if (differs(before[field], after[field])) tell(["spec", field], field);
    }
  };
}

const IMMUTABLE: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ["Service", compareServices],
  ["Deployment.apps", specFields("selector")],
  ["ReplicaSet.apps", specFields("selector")],
  ["DaemonSet.apps", specFields("selector")],
  [
    "StatefulSet.apps",
    specExcept(
      "replicas",
      "ordinals",
      "template",
      "updateStrategy",
      "revisionHistoryLimit",
      "persistentVolumeClaimRetentionPolicy",
      "minReadySeconds",
    ),
  ],
  ["Job.batch", specFields("selector", "template", "completionMode", "completions")],
  ["Pod", comparePods],
  ["PersistentVolumeClaim", specExcept("resources", "volumeName", "volumeAttributesClassName")],
  ["EndpointSlice.discovery.k8s.io", compareFields("addressType")],
  ["ServiceCIDR.networking.k8s.io", compareRanges],
  ["IPAddress.networking.k8s.io", specFields("parentRef")],
  ["ConfigMap", compareImmutable],
  ["Secret", compareImmutable],
]);

function compareServices(previous: KubernetesObject, next: KubernetesObject, tell: Tell): void {
  const [before, after] = [specOf(previous), specOf(next)];
  // A change of type may take the address along: ExternalName has none.
  const keepsAddress = before["type"] !== "ExternalName" && after["type"] !== "ExternalName";
  if (keepsAddress) {
    const [from, to] = [firstAddress(before), firstAddress(after)];
    if (from !== undefined && to !== undefined && from !== to) {
      tell(
        ["spec", Array.isArray(after["clusterIPs"]) ? "clusterIPs" : "clusterIP"],
        "the ClusterIP",
      );
    }
    const [family, other] = [firstOf(before["ipFamilies"]), firstOf(after["ipFamilies"])];
    if (family !== undefined && other !== undefined && family !== other) {
      tell(["spec", "ipFamilies"], "the first IP family");
    }
  }
  if (before["type"] !== "LoadBalancer" || after["type"] !== "LoadBalancer") return;
  if (!isDeepStrictEqual(before["loadBalancerClass"], after["loadBalancerClass"])) {
    tell(["spec", "loadBalancerClass"], "loadBalancerClass");
  }
  if (differs(before["healthCheckNodePort"], after["healthCheckNodePort"])) {
    tell(["spec", "healthCheckNodePort"], "healthCheckNodePort");
  }
}

function firstAddress(spec: Json): unknown {
  const address = firstOf(spec["clusterIPs"]) ?? spec["clusterIP"];
  return address === "" ? undefined : address;
}

function firstOf(list: unknown): unknown {
  return Array.isArray(list) ? (list[0] as unknown) : undefined;
}

/** Of a Pod's spec an image and little else may change. */
function comparePods(previous: KubernetesObject, next: KubernetesObject, tell: Tell): void {
  const mutable = ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"];
  specExcept(...mutable, "containers", "initContainers")(previous, next, tell);
  for (const field of ["containers", "initContainers"]) {
    const [before, after] = [
      withoutImages(specOf(previous)[field]),
      withoutImages(specOf(next)[field]),
    ];
    if (differs(before, after)) tell(["spec", field], `more of ${field} than an image`);
  }
}

function withoutImages(containers: unknown): unknown {
  if (!Array.isArray(containers)) return containers;
  return containers.map((container: unknown) =>
    isRecord(container) ? { ...container, image: "" } : container,
  );
}

function compareFields(...fields: string[]): Comparison {
  return (previous, next, tell) => {
    for (const field of fields) {
      const [before, after] = [
        (previous as unknown as Json)[field],
        (next as unknown as Json)[field],
      ];
      if (differs(before, after)) tell([field], field);
    }
  };
}

/** To a ServiceCIDR's range one of the other family may be added, and nothing else. */
function compareRanges(previous: KubernetesObject, next: KubernetesObject, tell: Tell): void {
  const [before, after] = [specOf(previous)["cidrs"], specOf(next)["cidrs"]];
  if (!Array.isArray(before) || !Array.isArray(after)) return;
  const added = before.length === 1 && after.length === 2 && before[0] === after[0];
  if (!added && differs(before, after)) tell(["spec", "cidrs"], "cidrs");
}

/** A ConfigMap or Secret that says `immutable: true` is. */
function compareImmutable(previous: KubernetesObject, next: KubernetesObject, tell: Tell): void {
  if ((previous as { immutable?: unknown }).immutable !== true) return;
  compareFields("data", "binaryData", "immutable")(previous, next, tell);
}

/** What is left out now is not counted as changed. */
function differs(before: unknown, after: unknown): boolean {
  return after !== undefined && before !== undefined && !isDeepStrictEqual(before, after);
}

function specOf(object: KubernetesObject): Json {
  return isRecord(object.spec) ? object.spec : {};
}
