import type { StorageClass } from "../tables/kinds.ts";
import {
  type AccessMode,
  DEFAULT_CLASS_ANNOTATION,
  type PersistentVolume,
  type PersistentVolumeClaim,
} from "../volume.ts";
import { AGE, type Column, NAME } from "./column.ts";

const UNSET = "<unset>";

const SHORT: Readonly<Record<AccessMode, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

const modes = (all: readonly AccessMode[] = []) => all.map((mode) => SHORT[mode] ?? mode).join(",");

export const VOLUME_COLUMNS: readonly Column<PersistentVolume>[] = [
  NAME,
  { header: "CAPACITY", cell: ({ spec }) => String(spec.capacity?.["storage"] ?? "") },
  { header: "ACCESS MODES", cell: ({ spec }) => modes(spec.accessModes) },
  { header: "RECLAIM POLICY", cell: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? "Retain" },
  { header: "STATUS", cell: ({ status }) => status?.phase ?? "Available" },
  {
    header: "CLAIM",
    cell: ({ spec: { claimRef } }) =>
      claimRef?.name === undefined ? "" : `${claimRef.namespace}/${claimRef.name}`,
  },
  { header: "STORAGECLASS", cell: ({ spec }) => spec.storageClassName ?? "" },
  { header: "VOLUMEATTRIBUTESCLASS", cell: ({ spec }) => spec.volumeAttributesClassName ?? UNSET },
  { header: "REASON", cell: ({ status }) => (status as { reason?: string })?.reason ?? "" },
  AGE,
  { header: "VOLUMEMODE", wide: true, cell: ({ spec }) => spec.volumeMode ?? "Filesystem" },
];

export const CLAIM_COLUMNS: readonly Column<PersistentVolumeClaim>[] = [
  NAME,
  { header: "STATUS", cell: ({ status }) => status?.phase ?? "Pending" },
  { header: "VOLUME", cell: ({ spec }) => spec.volumeName ?? "" },
  {
    header: "CAPACITY",
    cell: ({ status }) =>
      (status as { capacity?: Readonly<Record<string, string>> })?.capacity?.["storage"] ?? "",
  },
  {
    header: "ACCESS MODES",
    cell: ({ status }) => modes((status as { accessModes?: AccessMode[] })?.accessModes),
  },
  { header: "STORAGECLASS", cell: ({ spec }) => spec.storageClassName ?? "" },
  { header: "VOLUMEATTRIBUTESCLASS", cell: ({ spec }) => spec.volumeAttributesClassName ?? UNSET },
  AGE,
  { header: "VOLUMEMODE", wide: true, cell: ({ spec }) => spec.volumeMode ?? "Filesystem" },
];

export const STORAGE_CLASS_COLUMNS: readonly Column<StorageClass>[] = [
  {
    header: "NAME",
    cell: ({ metadata }) =>
      metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === "true"
        ? `${metadata.name} (default)`
        : metadata.name,
  },
  { header: "PROVISIONER", cell: ({ provisioner }) => provisioner },
  { header: "RECLAIMPOLICY", cell: ({ reclaimPolicy = "Delete" }) => reclaimPolicy },
  {
    header: "VOLUMEBINDINGMODE",
    cell: ({ volumeBindingMode = "Immediate" }) => volumeBindingMode,
  },
  {
    header: "ALLOWVOLUMEEXPANSION",
    cell: ({ allowVolumeExpansion = false }) => String(allowVolumeExpansion),
  },
  AGE,
];
