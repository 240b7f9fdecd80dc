import { REVISION_LABEL } from "../objects/added-labels.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Pod, PodTemplateSpec } from "../objects/pod.ts";
import { templateHash } from "./generated-name.ts";

/** One template of a workload under the name that its pods carry. */
export interface Revision {
  readonly name: string;
  readonly template: PodTemplateSpec;
}

/**
 * Names for the templates of workloads. The pods that a workload came with, from a cluster's dump, count as
 * made from its template: their revision is taken over.
 */
export class TemplateRevisions {
  readonly #known = new Map<string, { latest: Revision; text: string; before: Revision }>();

  /** The revision of the present template, and the one before it. */
  of(
    workload: KubernetesObject,
    template: PodTemplateSpec,
    pods: readonly Pod[],
    prefix: string,
  ): { readonly latest: Revision; readonly before: Revision } {
    const { uid = "" } = workload.metadata;
    const hash = templateHash(template);
    const known = this.#known.get(uid);
    if (known?.text === hash) return known;
    const found = known === undefined ? pods.at(-1)?.metadata.labels?.[REVISION_LABEL] : undefined;
    const latest = { name: found ?? `${prefix}${hash}`, template };
    const next = { latest, text: hash, before: known?.latest ?? latest };
    this.#known.set(uid, next);
    return next;
  }

  /** Every pod is of the latest revision: the one before is history. */
  settle({ metadata: { uid = "" } }: KubernetesObject): void {
    const known = this.#known.get(uid);
    if (known !== undefined) known.before = known.latest;
  }

  forget({ metadata: { uid = "" } }: KubernetesObject): void {
    this.#known.delete(uid);
  }
}
