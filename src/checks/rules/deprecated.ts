import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { labelEntries } from "../../labels/labels.ts";
import { podTemplateOf } from "../../objects/pod-templates.ts";
import { selectorsOf } from "../../objects/selectors-of.ts";
import type { Loaded } from "../manifest-set.ts";
import type { SetRule } from "../set-rule.ts";

/** Annotations that clusters no longer read, or soon won't, and what to write. */
const ANNOTATIONS: ReadonlyMap<string, string> = new Map([
  ["kubernetes.io/ingress.class", "write spec.ingressClassName"],
  [
    "service.alpha.kubernetes.io/tolerate-unready-endpoints",
    "write spec.publishNotReadyAddresses: true",
  ],
  ["service.kubernetes.io/topology-aware-hints", "write spec.trafficDistribution: PreferSameZone"],
  ["service.kubernetes.io/topology-mode", "write spec.trafficDistribution: PreferSameZone"],
  ["volume.beta.kubernetes.io/storage-class", "write spec.storageClassName"],
  [
    "scheduler.alpha.kubernetes.io/critical-pod",
    "write spec.priorityClassName: system-cluster-critical",
  ],
  ["scheduler.alpha.kubernetes.io/affinity", "write spec.affinity"],
  ["scheduler.alpha.kubernetes.io/tolerations", "write spec.tolerations"],
  ["pod.beta.kubernetes.io/init-containers", "write spec.initContainers"],
  ["pod.alpha.kubernetes.io/init-containers", "write spec.initContainers"],
  ["pod.beta.kubernetes.io/hostname", "write spec.hostname"],
  ["pod.beta.kubernetes.io/subdomain", "write spec.subdomain"],
  ["seccomp.security.alpha.kubernetes.io/pod", "write spec.securityContext.seccompProfile"],
  ["deployment.kubernetes.io/rollback-to", "use kubectl rollout undo"],
]);

const PREFIXES: ReadonlyMap<string, string> = new Map([
  ["container.apparmor.security.beta.kubernetes.io/", "write securityContext.appArmorProfile"],
  ["container.seccomp.security.alpha.kubernetes.io/", "write securityContext.seccompProfile"],
]);

const annotation: SetRule = {
  id: "deprecated-annotation",
  severity: "warning",
  check(set, report) {
    for (const loaded of set.objects) {
      for (const [path, annotations] of annotationsOf(loaded)) {
        for (const [key] of labelEntries(annotations)) {
          const hint =
            ANNOTATIONS.get(key) ?? [...PREFIXES].find(([prefix]) => key.startsWith(prefix))?.[1];
          if (hint === undefined) continue;
          const message = `the annotation ${key} is deprecated or no longer read`;
          report(loaded, [...path, "annotations", key], message, { at: "key", hint });
        }
      }
    }
  },
};

function* annotationsOf({
  object,
}: Loaded): Generator<[FieldPath, Readonly<Record<string, string>>]> {
  yield [["metadata"], object.metadata.annotations ?? {}];
  const template = podTemplateOf(object);
  if (template === undefined || template.path.length === 0) return;
  yield [[...template.path, "metadata"], template.metadata?.annotations ?? {}];
}

/** Labels of nodes that were renamed. */
const NODE_LABELS: ReadonlyMap<string, string> = new Map([
  ["beta.kubernetes.io/os", "kubernetes.io/os"],
  ["beta.kubernetes.io/arch", "kubernetes.io/arch"],
  ["beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"],
  ["failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"],
  ["failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"],
  ["node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane"],
]);

const nodeLabel: SetRule = {
  id: "deprecated-node-label",
  severity: "warning",
  check(set, report) {
    for (const { loaded } of set.allPodSources()) {
      for (const { path, written, purpose } of selectorsOf(loaded.object)) {
        if (purpose !== "node") continue;
        const both = (key: string) => written.form === "map" && Object.hasOwn(written.map, key);
        for (const [steps, key] of keysOf(written)) {
          const replacement = NODE_LABELS.get(key);
          if (replacement === undefined) continue;
          report(loaded, [...path, ...steps], `the node label ${key} is deprecated`, {
            at: written.form === "map" ? "key" : "value",
            hint: `write ${replacement}`,
            ...(both(replacement) ? {} : { edit: { to: replacement } }),
          });
        }
      }
    }
  },
};

function* keysOf(
  written: ReturnType<typeof selectorsOf>[number]["written"],
): Generator<[FieldPath, string]> {
  if (written.form === "map") for (const key of Object.keys(written.map)) yield [[key], key];
  if (written.form !== "nodeSelector") return;
  for (const [i, { matchExpressions }] of written.selector.nodeSelectorTerms.entries()) {
    for (const [j, { key }] of (matchExpressions ?? []).entries()) {
      yield [["nodeSelectorTerms", i, "matchExpressions", j, "key"], key];
    }
  }
}

export const deprecatedSetRules: readonly SetRule[] = [annotation, nodeLabel];
