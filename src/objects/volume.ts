import type { PersistentVolume } from "./tables/kinds.ts";

export type { PersistentVolume, PersistentVolumeClaim } from "./tables/kinds.ts";

export type AccessMode = NonNullable<PersistentVolume["spec"]["accessModes"]>[number];
/** Quantities by resource: `storage: 10Gi`. */
export type Quantities = Readonly<Record<string, string>>;

/** On a StorageClass: claims that name no class get this one. */
export const DEFAULT_CLASS_ANNOTATION = "storageclass.kubernetes.io/is-default-class";
