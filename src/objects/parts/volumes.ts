import {
  amount,
  type Check,
  distinct,
  dnsLabel,
  dnsSubdomain,
  fileMode,
  innerPath,
  noBacksteps,
  range,
  unlessEmpty,
  words,
} from "../checks.ts";
import { quote } from "../json.ts";
import { type Parts, part } from "../part.ts";
import type { Place } from "../place.ts";
import type {
  ConfigMapVolumeSource,
  DownwardAPIVolumeFile,
  HostPathVolumeSource,
  ImageVolumeSource,
  ISCSIVolumeSource,
  KeyToPath,
  NFSVolumeSource,
  PersistentVolumeClaimVolumeSource,
  ProjectedVolumeSource,
  SecretVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from "../tables/kinds.ts";
import { fieldForFile, resourceField } from "./container.ts";

const HOST_PATH_TYPES = [
  "",
  "DirectoryOrCreate",
  "Directory",
  "FileOrCreate",
  "File",
  "Socket",
  "CharDevice",
  "BlockDevice",
];

const SOURCES = [
  "emptyDir",
  "hostPath",
  "gitRepo",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "secret",
  "nfs",
  "iscsi",
  "glusterfs",
  "flocker",
  "persistentVolumeClaim",
  "rbd",
  "cinder",
  "cephfs",
  "quobyte",
  "downwardAPI",
  "fc",
  "flexVolume",
  "configMap",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "storageos",
  "projected",
  "scaleIO",
  "csi",
  "ephemeral",
  "image",
] as const;

/** The path of a file in a generated volume, which must not collide with the volume's own bookkeeping. */
const fileInVolume: Check<string> = (path, place) => {
  innerPath(path, place);
  if (path.startsWith("..") && !path.startsWith("../"))
    place.invalid(`${quote(path)} must not begin with ".."`);
};

const ISCSI_NAME =
  /^(?:iqn\.\d{4}-\d{2}\.[-A-Za-z0-9.]+:[^,;*&$|\s]+|eui\.[A-Za-z0-9]{16}|naa\.[A-Za-z0-9]{32})$/;

export const driverName: Check<string> = (name, place) => {
  if (name.length > 63) place.invalid("a driver's name has at most 63 characters");
  dnsSubdomain(name.toLowerCase(), place);
};

export const volumeParts: Parts = {
  ...part<Volume>("core/v1.Volume", {
    required: ["name"],
    // A volume without a source is an emptyDir.
    oneOf: { of: SOURCES },
    fields: { name: dnsLabel },
  }),
  ...part<{ readonly sizeLimit?: string }>("core/v1.EmptyDirVolumeSource", {
    fields: { sizeLimit: amount },
  }),
  ...part<HostPathVolumeSource>("core/v1.HostPathVolumeSource", {
    required: ["path"],
    open: ["type"],
    fields: { path: noBacksteps, type: words(...HOST_PATH_TYPES) },
  }),
  ...part<ImageVolumeSource>("core/v1.ImageVolumeSource", {
    check({ reference = "" }, place) {
      // A template may leave it out for a controller to fill in.
      const inPod = place.path.length === 4;
      if (inPod && reference === "" && !place.isBefore("1.35")) place.at("reference").required();
    },
  }),
  ...part<ISCSIVolumeSource>("core/v1.ISCSIVolumeSource", {
    required: ["targetPortal", "iqn"],
    fields: {
      iqn: (name, place) => {
        if (ISCSI_NAME.test(name)) return;
        place.invalid(`${quote(name)} is no name of iSCSI: they begin with iqn., eui. or naa.`);
      },
      lun: range(0, 255),
    },
  }),
  ...part<NFSVolumeSource>("core/v1.NFSVolumeSource", {
    required: ["server", "path"],
    fields: {
      path: (path, place) => {
        if (!path.startsWith("/")) place.invalid(`${quote(path)} is no absolute path`);
      },
    },
  }),
  ...part<SecretVolumeSource>("core/v1.SecretVolumeSource", {
    required: ["secretName"],
    fields: { defaultMode: fileMode },
  }),
  ...part<ConfigMapVolumeSource>("core/v1.ConfigMapVolumeSource", {
    required: ["name"],
    fields: { defaultMode: fileMode },
  }),
  ...part<KeyToPath>("core/v1.KeyToPath", {
    required: ["key", "path"],
    fields: { path: fileInVolume, mode: fileMode },
  }),
  ...part<{ readonly defaultMode?: number }>("core/v1.DownwardAPIVolumeSource", {
    fields: { defaultMode: fileMode },
  }),
  ...part<DownwardAPIVolumeFile>("core/v1.DownwardAPIVolumeFile", {
    required: ["path"],
    fields: { path: fileInVolume, mode: fileMode, fieldRef: fieldForFile },
    check({ fieldRef, resourceFieldRef }, place) {
      if (fieldRef === undefined && resourceFieldRef === undefined) {
        place.required("one of fieldRef and resourceFieldRef has to be here");
      } else if (fieldRef !== undefined && resourceFieldRef !== undefined) {
        place.invalid("fieldRef and resourceFieldRef exclude each other");
      }
      if (resourceFieldRef === undefined) return;
      const at = place.at("resourceFieldRef");
      if ((resourceFieldRef.containerName ?? "") === "") at.at("containerName").required();
      else resourceField(resourceFieldRef, at);
    },
  }),
  ...part<PersistentVolumeClaimVolumeSource>("core/v1.PersistentVolumeClaimVolumeSource", {
    required: ["claimName"],
  }),
  ...part<ProjectedVolumeSource>("core/v1.ProjectedVolumeSource", {
    fields: { defaultMode: fileMode },
    check: ({ sources = [] }, place) => checkProjection(sources, place.at("sources")),
  }),
  ...part<ServiceAccountTokenProjection>("core/v1.ServiceAccountTokenProjection", {
    required: ["path"],
    fields: { expirationSeconds: range(600, 2 ** 32), path: innerPath },
  }),
  ...part<{ readonly driver: string }>("core/v1.CSIVolumeSource", {
    required: ["driver"],
    fields: { driver: driverName },
  }),
  ...part<{ readonly volumeClaimTemplate?: object }>("core/v1.EphemeralVolumeSource", {
    required: ["volumeClaimTemplate"],
  }),
  ...part<{ readonly repository: string; readonly directory?: string }>(
    "core/v1.GitRepoVolumeSource",
    {
      required: ["repository"],
      fields: { directory: unlessEmpty(innerPath) },
    },
  ),
};

const PROJECTIONS = [
  "secret",
  "configMap",
  "downwardAPI",
  "serviceAccountToken",
  "clusterTrustBundle",
  "podCertificate",
] as const;

/** Every source has one kind, and no two of them the same file. */
function checkProjection(sources: readonly VolumeProjection[], place: Place): void {
  const files: { path: string; at: Place }[] = [];
  for (const [i, source] of sources.entries()) {
    const at = place.at(i);
    const [kind, other] = PROJECTIONS.filter((name) => source[name] !== undefined);
    // A source of no kind brings nothing.
    if (kind !== undefined && other !== undefined)
      at.at(other).forbidden(`${kind} and ${other} exclude each other`);
    for (const name of ["secret", "configMap"] as const) {
      const { name: object = "", items = [] } = source[name] ?? { name: "-" };
      if (object === "") at.at(name, "name").required();
      for (const [j, { path }] of items.entries())
        files.push({ path, at: at.at(name, "items", j, "path") });
    }
    for (const [j, { path }] of (source.downwardAPI?.items ?? []).entries()) {
      files.push({ path, at: at.at("downwardAPI", "items", j, "path") });
    }
  }
  distinct(
    files,
    ({ path }) => path || undefined,
    (i, path) => files[i]!.at.invalid(`another source has ${quote(path)} already`),
  );
}

/** The names of a pod's volumes are different. */
export function checkVolumeNames(volumes: readonly Volume[], place: Place): void {
  distinct(
    volumes,
    ({ name }) => name || undefined,
    (i, name) => place.at(i, "name").duplicate(name),
  );
}
