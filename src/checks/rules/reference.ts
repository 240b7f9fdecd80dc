import { nearestName } from "../../diagnostics/nearest-name.ts";
import { SERVICE_NAME_LABEL } from "../../objects/endpoint-slice.ts";
import { DEFAULT_NAMESPACE, findResource } from "../../objects/resource.ts";
import type { SetRule } from "../set-rule.ts";

/** Namespaces that every cluster has. */
const BUILT_IN = [DEFAULT_NAMESPACE, "kube-system", "kube-public", "kube-node-lease"];

const namespaceUnknown: SetRule = {
  id: "namespace-unknown",
  severity: "warning",
  check(set, report) {
    const declared = set.list("Namespace").map(({ object }) => object.metadata.name);
    // Manifests without any Namespace object are for a cluster that has them already.
    if (declared.length === 0) return;
    const known = new Set([...declared, ...BUILT_IN]);
    for (const loaded of set.objects) {
      const { namespace } = loaded.object.metadata;
      if (namespace === undefined || known.has(namespace)) continue;
      if (!set.lacks("Namespace", "", namespace)) continue;
      const near = nearestName(namespace, declared);
      report(
        loaded,
        ["metadata", "namespace"],
        `there is no Namespace ${namespace} among the manifests`,
        {
          hint:
            near === undefined
              ? `declared are ${declared.slice(0, 5).join(", ")}`
              : `did you mean ${near}?`,
        },
      );
    }
  },
};

const autoscalerTarget: SetRule = {
  id: "autoscaler-target",
  severity: "warning",
  check(set, report) {
    for (const loaded of set.list("HorizontalPodAutoscaler.autoscaling")) {
      const { namespace = "" } = loaded.object.metadata;
      const { scaleTargetRef: target } = (loaded.object.spec ?? {}) as {
        scaleTargetRef?: { kind?: unknown; name?: unknown };
      };
      if (typeof target?.kind !== "string" || typeof target.name !== "string") continue;
      const kind = findResource(target.kind)?.groupKind;
      if (kind === undefined || !set.lacks(kind, namespace, target.name)) continue;
      const near = nearestName(target.name, set.names(kind, namespace));
      report(
        loaded,
        ["spec", "scaleTargetRef", "name"],
        `there is no ${target.kind} ${namespace}/${target.name} to scale`,
        {
          hint: near === undefined ? undefined : `did you mean ${near}?`,
        },
      );
    }
  },
};

const sliceService: SetRule = {
  id: "endpoint-slice-orphan",
  severity: "warning",
  check(set, report) {
    for (const loaded of set.list("EndpointSlice.discovery.k8s.io")) {
      const { namespace = "", labels = {} } = loaded.object.metadata;
      const name = labels[SERVICE_NAME_LABEL];
      if (name === undefined || !set.lacks("Service", namespace, name)) continue;
      const near = nearestName(name, set.names("Service", namespace));
      report(
        loaded,
        ["metadata", "labels", SERVICE_NAME_LABEL],
        `there is no Service ${namespace}/${name}: nobody uses these endpoints`,
        {
          hint: near === undefined ? undefined : `did you mean ${near}?`,
        },
      );
    }
  },
};

export const referenceSetRules: readonly SetRule[] = [
  namespaceUnknown,
  autoscalerTarget,
  sliceService,
];
