import { fromLabelSelector } from "../labels/label-selector.ts";
import { everything, type Selector } from "../labels/selector.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { parseQuantity } from "../objects/quantity.ts";
import {
  DEFAULT_CLASS_ANNOTATION,
  type PersistentVolume,
  type PersistentVolumeClaim,
} from "../objects/volume.ts";
import type { StoreReader } from "./store-reader.ts";

/** A volume, and why a claim could not have it; without reasons it could. */
export interface VolumeCandidate {
  readonly volume: PersistentVolume;
  /** Each a half sentence: `has 1Gi, 10Gi are needed`. */
  readonly reasons: readonly string[];
}

export interface VolumeChoice {
  /** The class that the claim asks for, the cluster's default one included; empty for none. */
  readonly storageClass: string;
  /** The volume that a cluster would bind the claim to, if there is one. */
  readonly best?: PersistentVolume;
  /** Every volume, those that fit first, the best at the top. */
  readonly candidates: readonly VolumeCandidate[];
}

/**
 * Which PersistentVolumes a claim could be bound to: by name, selector, class, access modes, mode and
 * size, as the volume controller decides it. Of those that fit, one made for the claim comes first, then
 * the one with the fewest further access modes, then the smallest.
 */
export function volumeCandidates(claim: PersistentVolumeClaim, store: StoreReader): VolumeChoice {
  const storageClass = classOf(claim) ?? defaultClass(store);
  const selector =
    claim.spec.selector === undefined ? everything : fromLabelSelector(claim.spec.selector);
  const candidates = store
    .list("PersistentVolume")
    .map((volume) => ({ volume, reasons: reasonsAgainst(volume, claim, storageClass, selector) }))
    .sort((a, b) => a.reasons.length - b.reasons.length || compare(a.volume, b.volume, claim));
  const best = candidates.find(({ reasons }) => reasons.length === 0)?.volume;
  return { storageClass, ...(best === undefined ? {} : { best }), candidates };
}

function reasonsAgainst(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
  storageClass: string,
  selector: Selector,
): string[] {
  const reasons: string[] = [];
  const { spec, metadata, status } = volume;
  const { claimRef } = spec;
  const reserved = isReservedFor(volume, claim);
  if (claim.spec.volumeName && claim.spec.volumeName !== metadata.name) {
    reasons.push(`is not ${claim.spec.volumeName}, which the claim names`);
  }
  if (claimRef !== undefined && !reserved) {
    reasons.push(`is for the claim ${claimRef.namespace ?? ""}/${claimRef.name ?? ""}`);
  }
  if (metadata.deletionTimestamp !== undefined) reasons.push("is being deleted");
  const missing = (claim.spec.accessModes ?? []).filter(
    (mode) => !(spec.accessModes ?? []).includes(mode),
  );
  if (missing.length > 0) reasons.push(`is not ${missing.join(", ")}`);
  const size = sizeOf(spec.capacity?.["storage"]);
  const needed = sizeOf(claim.spec.resources?.requests?.["storage"]);
  if (size < needed) {
    const has = spec.capacity?.["storage"] ?? "no size";
    reasons.push(`has ${has}, ${claim.spec.resources?.requests?.["storage"]} are needed`);
  }
  const [mode, wanted] = [spec.volumeMode ?? "Filesystem", claim.spec.volumeMode ?? "Filesystem"];
  if (mode !== wanted) reasons.push(`has volumeMode ${mode}, not ${wanted}`);
  const attributes = claim.spec.volumeAttributesClassName ?? "";
  if ((spec.volumeAttributesClassName ?? "") !== attributes) {
    reasons.push(`has another volumeAttributesClassName than the claim`);
  }
  // One that is made for the claim is taken whatever its class and labels.
  if (reserved || claim.spec.volumeName === metadata.name) return reasons;
  const phase = status?.phase ?? "Available";
  if (phase !== "Available" && claimRef === undefined) reasons.push(`is ${phase}`);
  if (!selector.matches(metadata.labels ?? {})) reasons.push(`is not selected by ${selector}`);
  const own = classOf(volume) ?? "";
  if (own !== storageClass) {
    reasons.push(`has ${describeClass(own)}, the claim asks for ${describeClass(storageClass)}`);
  }
  return reasons;
}

function isReservedFor({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { namespace, name, uid } = spec.claimRef ?? {};
  if (name !== claim.metadata.name || namespace !== claim.metadata.namespace) return false;
  return uid === undefined || uid === "" || uid === claim.metadata.uid;
}

function compare(a: PersistentVolume, b: PersistentVolume, claim: PersistentVolumeClaim): number {
  const reserved = Number(isReservedFor(b, claim)) - Number(isReservedFor(a, claim));
  const modes = (a.spec.accessModes ?? []).length - (b.spec.accessModes ?? []).length;
  const [left, right] = [
    sizeOf(a.spec.capacity?.["storage"]),
    sizeOf(b.spec.capacity?.["storage"]),
  ];
  return reserved || modes || (left < right ? -1 : left > right ? 1 : 0);
}

/** The way classes were named before there was a field for it; it still counts. */
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

function classOf({ metadata, spec }: PersistentVolume | PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName;
}

/** Of several default classes the newest counts. */
function defaultClass(store: StoreReader): string {
  const created = ({ metadata }: KubernetesObject): string => metadata.creationTimestamp ?? "";
  const [newest] = store
    .list("StorageClass.storage.k8s.io")
    .filter(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === "true")
    .sort((a, b) => (created(a) < created(b) ? 1 : created(a) > created(b) ? -1 : 0));
  return newest?.metadata.name ?? "";
}

function describeClass(name: string): string {
  return name === "" ? "no class" : `class ${name}`;
}

function sizeOf(quantity: string | number | undefined): bigint {
  return quantity === undefined ? 0n : (parseQuantity(String(quantity)) ?? 0n);
}
