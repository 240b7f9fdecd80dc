import type { KubernetesObject } from "../object.ts";
import { AGE, type Column, CREATED_COLUMNS, NAME } from "./column.ts";
import { EVENT_COLUMNS } from "./event.ts";
import { formatMap } from "./selector-text.ts";

const UNSET = "<unset>";

/** The columns of kinds that are kept as they are: nothing else is known of them here. */
export const OTHER_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  "CSIDriver.storage.k8s.io": withAge(
    field("ATTACHREQUIRED", ["spec", "attachRequired"], "true"),
    field("PODINFOONMOUNT", ["spec", "podInfoOnMount"], "false"),
    field("STORAGECAPACITY", ["spec", "storageCapacity"], "false"),
    {
      header: "TOKENREQUESTS",
      cell: (object) => each(object, ["spec", "tokenRequests"], "audience") || UNSET,
    },
    field("REQUIRESREPUBLISH", ["spec", "requiresRepublish"], "false"),
    {
      header: "MODES",
      cell: (object) => listAt(object, ["spec", "volumeLifecycleModes"]).join(",") || "Persistent",
    },
  ),
  "CSINode.storage.k8s.io": withAge(count("DRIVERS", ["spec", "drivers"])),
  "CSIStorageCapacity.storage.k8s.io": CREATED_COLUMNS,
  "Event.events.k8s.io": EVENT_COLUMNS as readonly Column[],
  "Lease.coordination.k8s.io": withAge(field("HOLDER", ["spec", "holderIdentity"])),
  "MutatingAdmissionPolicy.admissionregistration.k8s.io": withAge(
    count("MUTATIONS", ["spec", "mutations"]),
    parameterKind(),
  ),
  "MutatingAdmissionPolicyBinding.admissionregistration.k8s.io": withAge(...ofPolicyBinding()),
  "MutatingWebhookConfiguration.admissionregistration.k8s.io": withAge(
    count("WEBHOOKS", ["webhooks"]),
  ),
  PodTemplate: [
    NAME,
    {
      header: "CONTAINERS",
      cell: (object) => each(object, ["template", "spec", "containers"], "name"),
    },
    {
      header: "IMAGES",
      cell: (object) => each(object, ["template", "spec", "containers"], "image"),
    },
    {
      header: "POD LABELS",
      cell: (object) =>
        formatMap(valueAt(object, ["template", "metadata", "labels"]) as Record<string, string>),
    },
  ],
  "RuntimeClass.node.k8s.io": withAge(field("HANDLER", ["handler"])),
  "ValidatingAdmissionPolicy.admissionregistration.k8s.io": withAge(
    count("VALIDATIONS", ["spec", "validations"]),
    parameterKind(),
  ),
  "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io": withAge(...ofPolicyBinding()),
  "ValidatingWebhookConfiguration.admissionregistration.k8s.io": withAge(
    count("WEBHOOKS", ["webhooks"]),
  ),
  "VolumeAttachment.storage.k8s.io": withAge(
    field("ATTACHER", ["spec", "attacher"]),
    field("PV", ["spec", "source", "persistentVolumeName"]),
    field("NODE", ["spec", "nodeName"]),
    field("ATTACHED", ["status", "attached"], "false"),
  ),
  "VolumeAttributesClass.storage.k8s.io": withAge(field("DRIVERNAME", ["driverName"])),
};

function withAge(...columns: readonly Column[]): readonly Column[] {
  return [NAME, ...columns, AGE];
}

/** @param absent what stands for a field that is not there */
function field(header: string, path: readonly string[], absent = ""): Column {
  return { header, cell: (object) => String(valueAt(object, path) ?? absent) };
}

function count(header: string, path: readonly string[]): Column {
  return { header, cell: (object) => String(listAt(object, path).length) };
}

function parameterKind(): Column {
  return {
    header: "PARAMKIND",
    cell: (object) => {
      const kind = valueAt(object, ["spec", "paramKind"]) as Record<string, string> | undefined;
      return kind === undefined ? UNSET : `${kind["apiVersion"]}/${kind["kind"]}`;
    },
  };
}

function ofPolicyBinding(): readonly Column[] {
  return [
    field("POLICYNAME", ["spec", "policyName"]),
    {
      header: "PARAMREF",
      cell: (object) => {
        const name = valueAt(object, ["spec", "paramRef", "name"]);
        const namespace = valueAt(object, ["spec", "paramRef", "namespace"]) ?? "*";
        return name === undefined ? UNSET : `${namespace}/${name}`;
      },
    },
  ];
}

function valueAt(object: KubernetesObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], object);
}

function listAt(object: KubernetesObject, path: readonly string[]): readonly unknown[] {
  const value = valueAt(object, path);
  return Array.isArray(value) ? value : [];
}

/** A field of each item of a list. */
function each(object: KubernetesObject, path: readonly string[], key: string): string {
  return listAt(object, path)
    .map((item) => (item as Record<string, unknown>)[key] ?? "")
    .join(",");
}
