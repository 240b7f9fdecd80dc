import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { Container, EnvFromSource, PodSpec } from "../objects/pod.ts";
import type { Volume } from "../objects/tables/kinds.ts";

/** An object in a pod's namespace that the pod needs before it can start. */
export interface PodReference {
  readonly kind: "ConfigMap" | "Secret" | "PersistentVolumeClaim";
  readonly name: string;
  /** The path of the name, below the pod's spec. */
  readonly path: FieldPath;
  /** The keys that it must have, and where they are named. */
  readonly keys: readonly { readonly key: string; readonly path: FieldPath }[];
}

/** A pod's reference to a ConfigMap or Secret. */
interface Source {
  readonly name?: string;
  readonly secretName?: string;
  readonly optional?: boolean;
  readonly key?: string;
  readonly items?: readonly { readonly key: string }[];
}

/** Every object that a pod needs, in the order of its fields, without optional ones. */
export function* podReferences(spec: PodSpec): Generator<PodReference> {
  for (const field of ["initContainers", "containers"] as const) {
    for (const [i, container] of (spec[field] ?? []).entries()) {
      yield* ofContainer(container, [field, i]);
    }
  }
  for (const [i, volume] of (spec.volumes ?? []).entries()) yield* ofVolume(volume, ["volumes", i]);
}

function* ofContainer(
  { env = [], envFrom = [] }: Container,
  path: FieldPath,
): Generator<PodReference> {
  for (const [i, { valueFrom = {} }] of env.entries()) {
    const at = [...path, "env", i, "valueFrom"];
    yield* reference("ConfigMap", valueFrom.configMapKeyRef, [...at, "configMapKeyRef"]);
    yield* reference("Secret", valueFrom.secretKeyRef, [...at, "secretKeyRef"]);
  }
  for (const [i, source] of envFrom.entries()) yield* ofEnvFrom(source, [...path, "envFrom", i]);
}

function* ofEnvFrom(
  { configMapRef, secretRef }: EnvFromSource,
  path: FieldPath,
): Generator<PodReference> {
  yield* reference("ConfigMap", configMapRef, [...path, "configMapRef"]);
  yield* reference("Secret", secretRef, [...path, "secretRef"]);
}

function* ofVolume(volume: Volume, path: FieldPath): Generator<PodReference> {
  yield* reference("ConfigMap", volume.configMap, [...path, "configMap"]);
  yield* reference("Secret", volume.secret, [...path, "secret"]);
  for (const [i, source] of (volume.projected?.sources ?? []).entries()) {
    const at = [...path, "projected", "sources", i];
    yield* reference("ConfigMap", source.configMap, [...at, "configMap"]);
    yield* reference("Secret", source.secret, [...at, "secret"]);
  }
  const claim = volume.persistentVolumeClaim?.claimName;
  if (claim === undefined) return;
  const claimPath = [...path, "persistentVolumeClaim", "claimName"];
  yield { kind: "PersistentVolumeClaim", name: claim, path: claimPath, keys: [] };
}

function* reference(
  kind: PodReference["kind"],
  source: Source | undefined,
  path: FieldPath,
): Generator<PodReference> {
  if (source === undefined || source.optional === true) return;
  const field = source.secretName === undefined ? "name" : "secretName";
  const name = source[field];
  if (name === undefined || name === "") return;
  const keys = (source.items ?? []).map(({ key }, i) => ({
    key,
    path: [...path, "items", i, "key"],
  }));
  if (source.key !== undefined) keys.push({ key: source.key, path: [...path, "key"] });
  yield { kind, name, path: [...path, field], keys };
}
