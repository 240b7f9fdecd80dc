import type { Engine } from "../../engine/engine.ts";
import { fromMap } from "../../labels/selector.ts";
import { controllerOf, type KubernetesObject } from "../../objects/object.ts";
import { podTemplateOf } from "../../objects/pod-templates.ts";
import type { Service } from "../../objects/service.ts";
import { SCALED_KINDS } from "../../objects/workload-kinds.ts";
import { idOf } from "../../page/describe-world.ts";
import type { ScaleRequest, ServiceDetails, Workload } from "../../page/messages.ts";
import type { LastProbe } from "../../runtime/last-probe.ts";
import { slicesOf } from "../../store/slices-of.ts";
import type { StoreReader } from "../../store/store-reader.ts";

/** What the probes of its pods found last. */
export function probesOf(engine: Engine, service: Service): ServiceDetails["probes"] {
  const probes: Record<string, readonly LastProbe[]> = {};
  for (const { endpoints } of slicesOf(service, engine.store)) {
    for (const { targetRef } of endpoints) {
      if (targetRef?.kind !== "Pod" || targetRef.name === undefined) continue;
      const namespace = targetRef.namespace ?? service.metadata.namespace ?? "";
      const found = engine.lastProbes({ namespace, name: targetRef.name });
      if (found.length > 0) probes[idOf(namespace, targetRef.name)] = found;
    }
  }
  return probes;
}

/** What makes pods that the Service selects; pods that something else is told to make have nothing of their own. */
export function workloadsOf(store: StoreReader, { metadata, spec }: Service): Workload[] {
  const { namespace = "" } = metadata;
  const { selector: labels = {} } = spec;
  if (Object.keys(labels).length === 0) return [];
  const selector = fromMap(labels);
  return SCALED_KINDS.flatMap((kind) => store.list(kind, { namespace }))
    .filter(
      (object) =>
        controllerOf(object) === undefined &&
        selector.matches(podTemplateOf(object)?.metadata?.labels ?? {}),
    )
    .map(({ kind, metadata: { name }, spec: { replicas = 1 } }) => ({
      kind,
      name,
      replicas,
    }));
}

/** The object that a page means by a workload of its. */
export function workloadNamed(
  store: StoreReader,
  { kind, namespace, name }: Omit<ScaleRequest, "replicas">,
): KubernetesObject | undefined {
  return SCALED_KINDS.map((each) => store.get(each, namespace, name)).find(
    (found) => found?.kind === kind,
  );
}
