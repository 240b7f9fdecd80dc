import { CREATED_COLUMNS } from "../columns/column.ts";
import { field, fieldOfItems, itemCount, listAt, UNSET, withAge } from "../columns/fields.ts";
import { type Kind, kind } from "../kind.ts";

/** Kinds of storage drivers, which are kept as they are: nothing here reads them. */

export const csiDriver: Kind = kind({
  groupKind: "CSIDriver.storage.k8s.io",
  columns: withAge(
    field("ATTACHREQUIRED", ["spec", "attachRequired"], "true"),
    field("PODINFOONMOUNT", ["spec", "podInfoOnMount"], "false"),
    field("STORAGECAPACITY", ["spec", "storageCapacity"], "false"),
    {
      header: "TOKENREQUESTS",
      cell: (object) => fieldOfItems(object, ["spec", "tokenRequests"], "audience") || UNSET,
    },
    field("REQUIRESREPUBLISH", ["spec", "requiresRepublish"], "false"),
    {
      header: "MODES",
      cell: (object) => listAt(object, ["spec", "volumeLifecycleModes"]).join(",") || "Persistent",
    },
  ),
});

export const csiNode: Kind = kind({
  groupKind: "CSINode.storage.k8s.io",
  columns: withAge(itemCount("DRIVERS", ["spec", "drivers"])),
});

export const csiStorageCapacity: Kind = kind({
  groupKind: "CSIStorageCapacity.storage.k8s.io",
  columns: CREATED_COLUMNS,
});

export const volumeAttachment: Kind = kind({
  groupKind: "VolumeAttachment.storage.k8s.io",
  columns: withAge(
    field("ATTACHER", ["spec", "attacher"]),
    field("PV", ["spec", "source", "persistentVolumeName"]),
    field("NODE", ["spec", "nodeName"]),
    field("ATTACHED", ["status", "attached"], "false"),
  ),
});

export const volumeAttributesClass: Kind = kind({
  groupKind: "VolumeAttributesClass.storage.k8s.io",
  columns: withAge(field("DRIVERNAME", ["driverName"])),
});
