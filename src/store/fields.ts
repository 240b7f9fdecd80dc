import type { FieldSelector } from "../labels/field-selector.ts";
import { groupKindOf, type KubernetesObject } from "../objects/object.ts";

/** A field selector names a field that objects of the kind can't be selected by. */
export class UnsupportedFieldError extends Error {
  override readonly name = "UnsupportedFieldError";
  readonly code = "unsupported-field";
  readonly field: string;
  /** groupKind */
  readonly kind: string;

  constructor(kind: string, field: string) {
    super(
      `${kind} can't be selected by field ${JSON.stringify(field.slice(0, 80))}, ` +
        `only by ${supportedFields(kind).join(", ")}`,
    );
    this.field = field;
    this.kind = kind;
  }
}

const EVERY_KIND = ["metadata.name", "metadata.namespace"];

/**
 * What an API server can select by besides name and namespace (S.10), with what it selects by where nothing is
 * written: numbers and booleans are never empty.
 */
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
    "involvedObject.apiVersion": "",
    "involvedObject.resourceVersion": "",
    "involvedObject.fieldPath": "",
    reason: "",
    reportingComponent: "",
    source: "",
    type: "",
  },
};

/** Fields whose name is not their path. */
const PATHS: Readonly<Record<string, string>> = {
  "status.successful": "status.succeeded",
  source: "source.component",
};

/** The fields that objects of a kind can be selected by. */
export function supportedFields(kind: string): readonly string[] {
  return [...EVERY_KIND, ...Object.keys(fallbacksOf(kind))];
}

function fallbacksOf(kind: string): Readonly<Record<string, string>> {
  return Object.hasOwn(BY_KIND, kind) ? (BY_KIND[kind] ?? {}) : {};
}

/** @throws UnsupportedFieldError for the first field that the kind does not have. */
export function checkFields(kind: string, { requirements }: FieldSelector): void {
  const supported = supportedFields(kind);
  for (const { field } of requirements) {
    if (!supported.includes(field)) throw new UnsupportedFieldError(kind, field);
  }
}

/** Whether a field selector, checked before, selects an object. Absent fields are empty. */
export function matchesFields(selector: FieldSelector, object: KubernetesObject): boolean {
  const fallbacks = fallbacksOf(groupKindOf(object));
  const fields: Record<string, string> = {};
  for (const { field } of selector.requirements) {
    fields[field] = fieldOf(object, field) || (fallbacks[field] ?? "");
  }
  return selector.matches(fields);
}

function fieldOf(object: KubernetesObject, field: string): string {
  let value: unknown = object;
  for (const step of (PATHS[field] ?? field).split("."))
    value = (value as Record<string, unknown> | undefined)?.[step];
  return value === undefined || value === null ? "" : String(value);
}
