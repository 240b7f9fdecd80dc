import type { NodeSelector } from "../labels/node-selector.ts";
import type { LabelSelector } from "./label-selector.ts";
import type { KubernetesObject } from "./object.ts";

export type AccessMode = "ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod";
export type VolumeMode = "Filesystem" | "Block";
/** Quantities by resource: `storage: 10Gi`; a plain number may be written as one. */
export type Quantities = Readonly<Record<string, string | number>>;

export interface PersistentVolume extends KubernetesObject {
  readonly spec: {
    readonly capacity?: Quantities;
    readonly accessModes?: readonly AccessMode[];
    /** Absent or empty: a volume of no class, for claims that ask for none. */
    readonly storageClassName?: string;
    /** Absent means Filesystem. */
    readonly volumeMode?: VolumeMode;
    readonly volumeAttributesClassName?: string;
    readonly claimRef?: {
      readonly namespace?: string;
      readonly name?: string;
      readonly uid?: string;
    };
    readonly nodeAffinity?: { readonly required?: NodeSelector };
    readonly persistentVolumeReclaimPolicy?: "Retain" | "Recycle" | "Delete";
  };
  readonly status?: {
    readonly phase?: "Pending" | "Available" | "Bound" | "Released" | "Failed";
  };
}

export interface PersistentVolumeClaim extends KubernetesObject {
  readonly spec: {
    readonly accessModes?: readonly AccessMode[];
    readonly selector?: LabelSelector;
    readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
    /** Absent: the cluster's default class; empty: no class. */
    readonly storageClassName?: string;
    readonly volumeMode?: VolumeMode;
    readonly volumeAttributesClassName?: string;
    /** The volume that it is or must be bound to. */
    readonly volumeName?: string;
  };
  readonly status?: { readonly phase?: "Pending" | "Bound" | "Lost" };
}

/** On a StorageClass: claims that name no class get this one. */
export const DEFAULT_CLASS_ANNOTATION = "storageclass.kubernetes.io/is-default-class";
