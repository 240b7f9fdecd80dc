import { nearestName } from "../../diagnostics/nearest-name.ts";
import type { ManifestSet } from "../manifest-set.ts";
import { type PodReference, podReferences } from "../pod-references.ts";
import type { PodSource } from "../pod-source.ts";
import type { SetRule } from "../set-rule.ts";

/** ConfigMaps that a cluster puts into every namespace. */
const IN_EVERY_NAMESPACE = ["kube-root-ca.crt", "openshift-service-ca.crt"];
/** Objects that clusters create themselves. */
const OF_THE_CLUSTER = "kube-system";

function* references(
  set: ManifestSet,
): Generator<{ readonly source: PodSource; readonly reference: PodReference }> {
  for (const source of set.allPodSources()) {
    for (const reference of podReferences(source.template.spec)) yield { source, reference };
  }
}

const specPath = ({ template: { path } }: PodSource) => [...path, "spec"];

/** Finds missing objects that pods wait for. */
function missing(kind: PodReference["kind"]): SetRule["check"] {
  return (set, report) => {
    for (const { source, reference } of references(set)) {
      const { namespace } = source;
      const { name } = reference;
      if (reference.kind !== kind || !set.lacks(kind, namespace, name)) continue;
      if (IN_EVERY_NAMESPACE.includes(name) || namespace === OF_THE_CLUSTER) continue;
      if (set.isMentioned(name)) continue;
      // Where no manifest has an object of this kind, they are made elsewhere. Secrets are often made by other tools
      // even where some are in manifests.
      const names = set.names(kind, namespace);
      const near = nearestName(name, names);
      if (names.length === 0 || (kind === "Secret" && near === undefined)) continue;
      report(
        source.loaded,
        [...specPath(source), ...reference.path],
        `there is no ${kind} ${namespace}/${name}: the pods don't start`,
        { hint: near === undefined ? undefined : `did you mean ${near}?` },
      );
    }
  };
}

const configMap: SetRule = {
  id: "pod-config-map",
  severity: "warning",
  check: missing("ConfigMap"),
};

const secret: SetRule = {
  id: "pod-secret",
  severity: "warning",
  check: missing("Secret"),
};

const claim: SetRule = {
  id: "pod-claim",
  severity: "warning",
  check: missing("PersistentVolumeClaim"),
};

const key: SetRule = {
  id: "pod-key",
  severity: "warning",
  check(set, report) {
    for (const { source, reference } of references(set)) {
      const { namespace } = source;
      const { kind, name } = reference;
      const present = keysOf(set, reference, namespace);
      if (present === undefined) continue;
      for (const { key: wanted, path } of reference.keys) {
        if (present.includes(wanted)) continue;
        const near = nearestName(wanted, present);
        report(
          source.loaded,
          [...specPath(source), ...path],
          `${kind} ${namespace}/${name} has no key ${wanted}: the pods don't start`,
          {
            hint:
              near === undefined
                ? `it has ${present.slice(0, 5).join(", ")}`
                : `did you mean ${near}?`,
          },
        );
      }
    }
  },
};

/** The keys of a ConfigMap or Secret; undefined where something else fills it, or where it is missing. */
function keysOf(
  set: ManifestSet,
  { kind, name }: PodReference,
  namespace: string,
): string[] | undefined {
  if (kind === "PersistentVolumeClaim") return undefined;
  const object = set.get(kind, namespace, name)?.object;
  if (object === undefined) return undefined;
  if ("type" in object && object.type === "kubernetes.io/service-account-token") return undefined;
  const { data = {} } = object;
  const binary = "binaryData" in object ? object.binaryData : {};
  const keys = [...Object.keys(data), ...Object.keys(binary ?? {})];
  return keys.length === 0 ? undefined : keys;
}

const serviceAccount: SetRule = {
  id: "pod-service-account",
  severity: "warning",
  check(set, report) {
    for (const source of set.allPodSources()) {
      const { namespace } = source;
      const { serviceAccount = "", serviceAccountName = "" } = source.template.spec;
      const [field, name] =
        serviceAccountName === ""
          ? ["serviceAccount", serviceAccount]
          : ["serviceAccountName", serviceAccountName];
      if (name === "" || name === "default" || namespace === OF_THE_CLUSTER) continue;
      if (!set.lacks("ServiceAccount", namespace, name) || set.isMentioned(name)) continue;
      const near = nearestName(name, set.names("ServiceAccount", namespace));
      report(
        source.loaded,
        [...specPath(source), field],
        `there is no ServiceAccount ${namespace}/${name}: no pods can be made`,
        { hint: near === undefined ? undefined : `did you mean ${near}?` },
      );
    }
  },
};

export const podReferenceSetRules: readonly SetRule[] = [
  configMap,
  secret,
  claim,
  key,
  serviceAccount,
];
