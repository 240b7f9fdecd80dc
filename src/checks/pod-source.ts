import type { Labels } from "../labels/labels.ts";
import type { Requirement } from "../labels/requirement.ts";
import { fromRequirements } from "../labels/selector.ts";
import type { LoadedObject } from "../manifests/read-manifest.ts";
import type { AddedLabels } from "../objects/added-labels.ts";
import { append } from "../objects/append.ts";
import { groupKindOf, type KubernetesObject } from "../objects/object.ts";
import { type PodTemplate, podTemplateOf } from "../objects/pod-templates.ts";
import { kindOf } from "../objects/registry.ts";
import { resourceOf } from "../objects/resource.ts";
import { customPods } from "./custom-pods.ts";

/** The pods that an object of the set makes: a Pod itself, or an object with a pod template. */
export interface PodSource {
  readonly loaded: LoadedObject;
  readonly namespace: string;
  /** As in the template; for further ones see {@link hasAddedLabels}. */
  readonly labels: Labels;
  readonly template: PodTemplate;
}

/** The pods of one namespace. */
export interface NamespacePods {
  readonly sources: PodSource[];
  /** Labels of pods that a custom resource may make; nothing else is known of them. */
  readonly others: Labels[];
  /** Names of labels that control loops add to those of the template. */
  readonly added: Set<string>;
}

/** What makes pods, by namespace. */
export function podsByNamespace(objects: readonly LoadedObject[]): Map<string, NamespacePods> {
  const all = new Map<string, NamespacePods>();
  for (const loaded of objects) {
    const { object } = loaded;
    const { namespace = "" } = object.metadata;
    const template = podTemplateOf(object);
    const custom = template === undefined && isCustom(object) ? customPods(object) : undefined;
    const templates = template === undefined ? (custom?.templates ?? []) : [template];
    const others = custom?.labels ?? [];
    if (templates.length + others.length === 0) continue;
    let pods = all.get(namespace);
    if (pods === undefined) {
      pods = { sources: [], others: [], added: new Set() };
      all.set(namespace, pods);
    }
    for (const each of templates) {
      const labels = each.metadata?.labels ?? {};
      pods.sources.push({ loaded, namespace, labels, template: each });
    }
    append(pods.others, others);
    const { known, open = [] } = addedTo(object);
    for (const key of open) pods.added.add(key);
    for (const labels of known ?? []) {
      for (const key of Object.keys(labels)) pods.added.add(key);
      // All of them have the same names.
      break;
    }
  }
  return all;
}

/** Whether a pod of a source can meet requirements on labels that its control loop adds. */
export function hasAddedLabels(source: PodSource, asked: readonly Requirement[]): boolean {
  const { known, open = [] } = addedTo(source.loaded.object);
  const rest = fromRequirements(asked.filter(({ key }) => !open.includes(key)));
  if (known === undefined) return rest.matches(source.labels);
  for (const labels of known) if (rest.matches({ ...source.labels, ...labels })) return true;
  return false;
}

function addedTo(object: KubernetesObject): AddedLabels {
  return kindOf(groupKindOf(object))?.pods?.added?.(object) ?? {};
}

/** Whether an object's kind is neither built in nor known otherwise. */
export function isCustom({ apiVersion, kind }: KubernetesObject): boolean {
  return resourceOf(apiVersion, kind) === undefined;
}
