import type {
  AttachEntry,
  ContainerEntry,
  ImageEntry,
  OwnImage,
  WorkloadTarget,
} from "../manifests/local-config.ts";
import {
  controllerOf,
  groupKind,
  type KubernetesObject,
  type OwnerReference,
} from "../objects/object.ts";
import { keyOf, type ObjectKey } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { entryForImage } from "./image-pattern.ts";
import type { LocalPods } from "./local-pods.ts";
import { isMeantIn } from "./target-namespace.ts";

/** A longer chain of owners than any workload's (CronJob → Job → Pod) must be a hand-written loop. */
const MAX_OWNERS = 8;

/** The key for all containers of a pod that no entry names. */
const OWN_IMAGE: OwnImage = { ownImage: true, env: {} };

/** What the configuration says of one pod. */
export type Assignment =
  | {
      readonly kind: "run";
      /** By container name. */
      readonly entries: ReadonlyMap<string, ContainerEntry>;
    }
  | { readonly kind: "attach"; readonly entry: AttachEntry }
  /** It is not run; an echo answers for it. */
  | { readonly kind: "stub" };

/**
 * The entries that apply to a pod. A name takes precedence over a selector, and a nearer owner over a farther one;
 * among equals `attach` over `run`, since that process runs already, and then the first. Each container gets the best
 * entry of its own, or the one for its image. Entries for images alone make a pod run only if each of its containers
 * has one. A pod without any may be a stub; one that no stub pattern names runs its own images, where that is the
 * default.
 */
export function assignmentOf(
  pod: Pod,
  { run, attach, images = [], stub = [], containers = "off" }: LocalPods,
  store: StoreReader,
): Assignment | undefined {
  const lineage = lineageOf(pod, store);
  const own = byDistance(run, pod, lineage, store);
  const entries = new Map<string, ContainerEntry>();
  for (const entry of own) {
    const names =
      "ownImage" in entry ? allContainers(pod) : [entry.container ?? mainContainer(pod)];
    for (const name of names) if (!entries.has(name)) entries.set(name, entry);
  }
  const attached = byDistance(attach, pod, lineage, store)[0];
  const runDistance = own
    .map((entry) => distance(entry.target, pod, lineage))
    .reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  if (attached !== undefined && distance(attached.target, pod, lineage) <= runDistance) {
    return { kind: "attach", entry: attached };
  }
  const all = new Map([...entriesByImage(pod, images), ...entries]);
  const isRun = entries.size > 0 || pod.spec.containers.every(({ name }) => all.has(name));
  if (isRun) return { kind: "run", entries: all };
  const isNamedStub = stub.some(
    ({ target }) => target !== undefined && means(target, pod, lineage, store),
  );
  if (isNamedStub) return { kind: "stub" };
  if (containers !== "off") {
    return { kind: "run", entries: new Map(allContainers(pod).map((name) => [name, OWN_IMAGE])) };
  }
  return stub.some(({ target }) => target === undefined) ? { kind: "stub" } : undefined;
}

function allContainers({ spec: { containers, initContainers = [] } }: Pod): string[] {
  return [...initContainers, ...containers].map(({ name }) => name);
}

function entriesByImage(
  { spec: { containers, initContainers = [] } }: Pod,
  images: readonly ImageEntry[],
): Map<string, ContainerEntry> {
  if (images.length === 0) return new Map();
  const found = [...initContainers, ...containers].flatMap(({ name, image }) => {
    const entry = entryForImage(images, image);
    return entry === undefined ? [] : [[name, entry] as const];
  });
  return new Map<string, ContainerEntry>(found);
}

/** The container that a run entry without a container name means: the first with ports, or else the first. */
export function mainContainer(pod: Pod): string {
  const { containers } = pod.spec;
  const main = containers.find((container) => (container.ports ?? []).length > 0) ?? containers[0];
  return main?.name ?? "";
}

/** `Deployment api`, `-l app=web`: a target in messages. */
export function describeTarget(target: WorkloadTarget): string {
  return "selector" in target
    ? `-l ${target.selector}`
    : `${target.kind.split(".", 1)[0]} ${target.name}`;
}

/** The pod itself, then its controller, then that one's, and so on: Pod, ReplicaSet, Deployment. */
export function lineageOf(pod: Pod, store: StoreReader): readonly ObjectKey[] {
  const lineage: ObjectKey[] = [keyOf(pod)];
  let object: KubernetesObject | undefined = pod;
  while (object !== undefined && lineage.length <= MAX_OWNERS) {
    const owner: OwnerReference | undefined = controllerOf(object);
    if (owner === undefined) break;
    const namespace: string = object.metadata.namespace ?? "";
    const kind = groupKind(owner.apiVersion, owner.kind);
    lineage.push({ kind, namespace, name: owner.name });
    object = store.get(kind, namespace, owner.name);
  }
  return lineage;
}

/** The entries that mean this pod, closest first, in their order among equals. */
function byDistance<E extends { readonly target: WorkloadTarget }>(
  entries: readonly E[],
  pod: Pod,
  lineage: readonly ObjectKey[],
  store: StoreReader,
): E[] {
  return entries
    .map((entry) => ({ entry, steps: distance(entry.target, pod, lineage) }))
    .filter(({ entry }) => means(entry.target, pod, lineage, store))
    .sort((a, b) => a.steps - b.steps)
    .map(({ entry }) => entry);
}

function means(
  target: WorkloadTarget,
  pod: Pod,
  lineage: readonly ObjectKey[],
  store: StoreReader,
): boolean {
  return (
    distance(target, pod, lineage) < Number.POSITIVE_INFINITY &&
    isMeantIn(target, pod.metadata.namespace ?? "", store)
  );
}

/** How directly a target means this pod: 0 for the pod by name, more for its owners; infinite if it doesn't. */
function distance(target: WorkloadTarget, pod: Pod, lineage: readonly ObjectKey[]): number {
  if ("selector" in target) {
    const matches = target.selector.matches(pod.metadata.labels ?? {});
    return matches ? MAX_OWNERS + 1 : Number.POSITIVE_INFINITY;
  }
  const at = lineage.findIndex((key) => key.kind === target.kind && key.name === target.name);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}
