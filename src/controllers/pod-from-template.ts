import { defaultPod } from "../objects/defaults/pod.ts";
import { extended } from "../objects/extended.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Pod, PodSpec, PodTemplateSpec } from "../objects/pod.ts";
import { controllerReference } from "./ownership.ts";

/** What an owner adds to its pod template. */
export interface PodAdditions {
  /** What its name was made of. */
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Partial<PodSpec>;
}

/** A new Pod with defaults, Pending and without an address; the runtime that runs it writes its status. */
export function podFromTemplate(
  owner: KubernetesObject,
  template: PodTemplateSpec,
  name: string,
  additions: PodAdditions = {},
): Pod {
  const labels = extended(template.metadata?.labels ?? {}, additions.labels ?? {});
  const annotations = extended(template.metadata?.annotations ?? {}, additions.annotations ?? {});
  const { namespace } = owner.metadata;
  return defaultPod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      ...(additions.generateName === undefined ? {} : { generateName: additions.generateName }),
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    // Set here rather than by the defaults, which would copy the spec of each pod.
    spec: extended(template.spec, {
      enableServiceLinks: template.spec.enableServiceLinks ?? true,
      ...additions.spec,
    }),
    status: { phase: "Pending" },
  });
}
