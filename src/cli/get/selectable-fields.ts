import { nearestName } from "../../diagnostics/nearest-name.ts";
import {
  type FieldSelector,
  FieldSelectorSyntaxError,
  type Fields,
  parseFieldSelector,
} from "../../labels/field-selector.ts";
import { isRecord } from "../../objects/json.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

const METADATA = ["metadata.name", "metadata.namespace"];

/** The fields that API servers select by beside name and namespace, with what an absent one stands for. */
const BY_KIND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Pod: {
    "spec.nodeName": "",
    "spec.restartPolicy": "Always",
    "spec.schedulerName": "default-scheduler",
    "spec.serviceAccountName": "default",
    "spec.hostNetwork": "false",
    "status.phase": "Pending",
    "status.podIP": "",
    "status.nominatedNodeName": "",
  },
  Service: { "spec.clusterIP": "", "spec.type": "ClusterIP" },
  Node: { "spec.unschedulable": "false" },
  Namespace: { "status.phase": "Active" },
  Secret: { type: "Opaque" },
  ReplicationController: { "status.replicas": "0" },
  "ReplicaSet.apps": { "status.replicas": "0" },
  "Job.batch": { "status.successful": "0" },
  Event: {
    "involvedObject.kind": "",
    "involvedObject.namespace": "",
    "involvedObject.name": "",
    "involvedObject.uid": "",
    reason: "",
    type: "",
  },
};

/**
 * A field selector from the command line.
 * @throws CommandError for one that can't be read, or names a field that a kind is not selected by.
 */
export function parseFieldArgument(text: string, groupKinds: readonly string[]): FieldSelector {
  let selector: FieldSelector;
  try {
    selector = parseFieldSelector(text);
  } catch (error) {
    if (!(error instanceof FieldSelectorSyntaxError)) throw error;
    const next = "for example status.phase=Running,metadata.name!=web";
    throw new CommandError(EXIT.usage, `invalid field selector: ${error.message}`, next);
  }
  for (const groupKind of groupKinds) {
    const known = [...METADATA, ...Object.keys(BY_KIND[groupKind] ?? {})];
    for (const { field } of selector.requirements) {
      if (known.includes(field)) continue;
      const near = nearestName(field, known);
      throw new CommandError(
        EXIT.usage,
        `a ${groupKind} can't be selected by the field ${field}`,
        near === undefined ? `by ${known.join(", ")}` : `did you mean ${near}?`,
      );
    }
  }
  return selector;
}

/** The fields of an object that it is selected by. */
export function selectableFields(groupKind: string, object: KubernetesObject): Fields {
  const { name, namespace = "" } = object.metadata;
  const fields: Record<string, string> = { "metadata.name": name, "metadata.namespace": namespace };
  for (const [path, fallback] of Object.entries(BY_KIND[groupKind] ?? {})) {
    let value: unknown = object;
    for (const step of path.split(".")) value = isRecord(value) ? value[step] : undefined;
    fields[path] = value === undefined || value === null || value === "" ? fallback : String(value);
  }
  return fields;
}
