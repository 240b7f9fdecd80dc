import type { LabelSelector } from "./label-selector.ts";
import type { KubernetesObject } from "./object.ts";
import type { IntOrPercent } from "./workloads.ts";

export interface PodDisruptionBudget extends KubernetesObject {
  readonly spec: {
    readonly selector?: LabelSelector;
    readonly minAvailable?: IntOrPercent;
    readonly maxUnavailable?: IntOrPercent;
  };
}
