import {
  integerOrString,
  list,
  oneOf,
  type RecordShape,
  record,
  type Shape,
  string,
} from "../shape.ts";
import { labelSelector, objectReference, objectShape } from "./metadata.ts";
import { nodeSelector } from "./pod.ts";

const accessModes = list(
  oneOf("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"),
);
const volumeMode = oneOf("Filesystem", "Block");
/** A quantity may be written as a number. */
const quantity: Shape = integerOrString;
const quantities: RecordShape = record({ storage: quantity });

export const persistentVolume = objectShape(
  {
    spec: record({
      capacity: quantities,
      accessModes,
      storageClassName: string,
      volumeMode,
      volumeAttributesClassName: string,
      claimRef: objectReference,
      nodeAffinity: record({ required: nodeSelector }, { others: "" }),
      persistentVolumeReclaimPolicy: oneOf("Retain", "Recycle", "Delete"),
    }),
    status: record({ phase: oneOf("Pending", "Available", "Bound", "Released", "Failed") }),
  },
  { required: ["spec"] },
);

export const claimSpec: RecordShape = record(
  {
    accessModes,
    selector: labelSelector,
    resources: record({ requests: quantities, limits: quantities }, { others: "claims" }),
    storageClassName: string,
    volumeMode,
    volumeAttributesClassName: string,
    volumeName: string,
  },
  { others: "dataSource dataSourceRef" },
);

export const persistentVolumeClaim = objectShape(
  { spec: claimSpec, status: record({ phase: oneOf("Pending", "Bound", "Lost") }) },
  { required: ["spec"] },
);
