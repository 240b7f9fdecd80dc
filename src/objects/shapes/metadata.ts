import {
  any,
  boolean,
  list,
  longInteger,
  type RecordShape,
  record,
  type Shape,
  string,
  stringMap,
} from "../shape.ts";

const ownerReference = record(
  {
    apiVersion: string,
    kind: string,
    name: string,
    uid: string,
    controller: boolean,
    blockOwnerDeletion: boolean,
  },
  { required: ["apiVersion", "kind", "name", "uid"], others: "" },
);

/** metav1.ObjectMeta. Names of fields and of the object are rules' business: a template has no name. */
export const objectMeta: RecordShape = record({
  name: string,
  namespace: string,
  uid: string,
  labels: stringMap,
  annotations: stringMap,
  generation: longInteger,
  resourceVersion: string,
  creationTimestamp: string,
  deletionTimestamp: string,
  deletionGracePeriodSeconds: longInteger,
  ownerReferences: list(ownerReference),
});

/** What stands at the top of every object. */
export function objectShape(
  fields: Readonly<Record<string, Shape>>,
  options: { required?: readonly string[]; lists?: readonly string[] } = {},
): RecordShape {
  return record({ apiVersion: string, kind: string, metadata: objectMeta, ...fields }, options);
}

export const labelSelector: RecordShape = record(
  {
    matchLabels: stringMap,
    matchExpressions: list(
      record(
        { key: string, operator: string, values: list(string) },
        { required: ["key", "operator"], others: "" },
      ),
    ),
  },
  { others: "" },
);

/** A reference to an object whose members we only print. */
export const objectReference: RecordShape = record({
  kind: string,
  namespace: string,
  name: string,
  uid: string,
  apiVersion: string,
  fieldPath: any,
});
