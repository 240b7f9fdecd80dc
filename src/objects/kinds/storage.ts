import { type Check, dnsSubdomain, labelKey, noBacksteps, unlessEmpty, words } from "../checks.ts";
import { CLAIM_COLUMNS, STORAGE_CLASS_COLUMNS, VOLUME_COLUMNS } from "../columns/storage.ts";
import { change, fill } from "../defaults/fill.ts";
import { immutable, immutableExcept } from "../immutable-fields.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import { driverName } from "../parts/volumes.ts";
import type { Place } from "../place.ts";
import { parseQuantity } from "../quantity.ts";
import { addLabelSelector, addNodeSelector, CLUSTER } from "../selector-use.ts";
import type {
  CSIPersistentVolumeSource,
  LocalVolumeSource,
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
  StorageClass,
  TypedLocalObjectReference,
  VolumeNodeAffinity,
} from "../tables/kinds.ts";

/** Members of a volume's spec that say where it is. */
const SOURCES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
] as const;

const modes: Check<readonly string[]> = (list, place) => {
  if (list.includes("ReadWriteOncePod") && list.some((mode) => mode !== "ReadWriteOncePod")) {
    place.invalid("ReadWriteOncePod does not go with other access modes", {
      rule: "volume-access-modes",
    });
  }
};

function checkModes(accessModes: readonly string[] = [], what: string, place: Place): void {
  if (accessModes.length > 0) return;
  const hint = "write accessModes: [ReadWriteOnce]";
  place
    .at("accessModes")
    .required(`a ${what} needs at least one access mode`, { rule: "volume-access-modes", hint });
}

function checkSize(sizes: Readonly<Record<string, string>> = {}, place: Place): void {
  const size = sizes["storage"];
  const details = { rule: "volume-size", hint: "write storage: 1Gi" };
  if (size === undefined) place.at("storage").required("the size is missing", details);
  else if ((parseQuantity(size) ?? 0n) <= 0n)
    place.at("storage").invalid(`${quote(size)} is no size`, details);
}

export const persistentVolume: Kind = kind<PersistentVolume>({
  groupKind: "PersistentVolume",
  defaults: (volume) =>
    change(volume, "spec", (spec) =>
      fill(spec, { volumeMode: "Filesystem", persistentVolumeReclaimPolicy: "Retain" }),
    ),
  selectors({ spec: { nodeAffinity } }, uses) {
    addNodeSelector(uses, ["spec", "nodeAffinity", "required"], nodeAffinity?.required);
  },
  columns: VOLUME_COLUMNS,
  update({ spec: before }, { spec: after }, place) {
    immutable(before, after, [...SOURCES, "volumeMode"], place.at("spec"));
    if (before.nodeAffinity !== undefined)
      immutable(before, after, ["nodeAffinity"], place.at("spec"));
  },
  parts: {
    ...part<PersistentVolumeSpec>("core/v1.PersistentVolumeSpec", {
      oneOf: { of: SOURCES, some: true },
      fields: { accessModes: modes, storageClassName: unlessEmpty(dnsSubdomain) },
      check(spec, place) {
        const {
          accessModes,
          capacity = {},
          hostPath,
          persistentVolumeReclaimPolicy,
          local,
          nodeAffinity,
        } = spec;
        checkModes(accessModes, "volume", place);
        checkSize(capacity, place.at("capacity"));
        for (const name of Object.keys(capacity)) {
          if (name !== "storage")
            place.at("capacity", name).invalid("a volume has storage alone", { at: "key" });
        }
        if (hostPath?.path === "/" && persistentVolumeReclaimPolicy === "Recycle") {
          place.at("persistentVolumeReclaimPolicy").forbidden("the whole machine would be emptied");
        }
        if (local !== undefined && nodeAffinity === undefined) {
          place.at("nodeAffinity").required("a local volume is on some node");
        }
      },
    }),
    ...part<LocalVolumeSource>("core/v1.LocalVolumeSource", {
      required: ["path"],
      fields: { path: noBacksteps },
    }),
    ...part<CSIPersistentVolumeSource>("core/v1.CSIPersistentVolumeSource", {
      required: ["driver", "volumeHandle"],
      fields: { driver: driverName },
    }),
    ...part<VolumeNodeAffinity>("core/v1.VolumeNodeAffinity", { required: ["required"] }),
  },
});

export const persistentVolumeClaim: Kind = kind<PersistentVolumeClaim>({
  groupKind: "PersistentVolumeClaim",
  defaults: (claim) => change(claim, "spec", (spec) => fill(spec, { volumeMode: "Filesystem" })),
  selectors({ spec: { selector } }, uses) {
    const path = ["spec", "selector"];
    addLabelSelector(uses, path, selector, "volume", "PersistentVolume", CLUSTER);
  },
  columns: CLAIM_COLUMNS,
  update({ spec: before, status }, { spec: after }, place) {
    const bound = status?.phase === "Bound";
    const rest = ({
      resources,
      volumeName,
      volumeAttributesClassName,
      ...spec
    }: PersistentVolumeClaimSpec) => {
      const { storage: _, ...requests } = resources?.requests ?? {};
      return bound
        ? { ...spec, volumeName, resources: { ...resources, requests } }
        : {
            ...spec,
            resources,
            volumeAttributesClassName,
            ...(before.volumeName ? { volumeName } : {}),
          };
    };
    immutableExcept(rest(before), rest(after), [], place.at("spec"));
  },
  parts: {
    ...part<PersistentVolumeClaimSpec>("core/v1.PersistentVolumeClaimSpec", {
      seen: withoutOtherSource,
      fields: {
        accessModes: modes,
        storageClassName: unlessEmpty(dnsSubdomain),
        volumeAttributesClassName: unlessEmpty(dnsSubdomain),
        dataSourceRef: checkSource,
      },
      check({ accessModes, resources }, place) {
        checkModes(accessModes, "claim", place);
        checkSize(resources?.requests, place.at("resources", "requests"));
      },
    }),
  },
});

/** Of a dataSource that is neither a claim nor a snapshot nothing is kept. */
function withoutOtherSource(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { dataSource, ...rest } = spec;
  const { apiGroup = "", kind: what } = dataSource ?? {};
  const isClaim = apiGroup === "" && what === "PersistentVolumeClaim";
  const isSnapshot = apiGroup === "snapshot.storage.k8s.io" && what === "VolumeSnapshot";
  return isClaim || isSnapshot ? spec : rest;
}

function checkSource({ apiGroup = "", kind: what }: TypedLocalObjectReference, place: Place): void {
  if (apiGroup === "" && what !== "PersistentVolumeClaim") {
    place.invalid("of the core group only a PersistentVolumeClaim can be copied");
  }
}

export const storageClass: Kind = kind<StorageClass>({
  groupKind: "StorageClass.storage.k8s.io",
  columns: STORAGE_CLASS_COLUMNS,
  update: (previous, next, place) =>
    immutable(
      previous,
      next,
      ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
      place,
    ),
  parts: part<StorageClass>("storage/v1.StorageClass", {
    required: ["provisioner"],
    open: ["reclaimPolicy"],
    fields: {
      provisioner: (name, place) => labelKey(name.toLowerCase(), place),
      reclaimPolicy: unlessEmpty(words("Delete", "Retain")),
    },
    check({ parameters = {} }, place) {
      if (Object.hasOwn(parameters, "")) place.at("parameters").invalid("a parameter has a name");
    },
  }),
});
