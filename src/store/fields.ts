import type { FieldSelector } from "../labels/field-selector.ts";
import type { KubernetesObject } from "../objects/object.ts";

/** A field selector names a field that objects of the kind can't be selected by. */
export class UnsupportedFieldError extends Error {
  override readonly name = "UnsupportedFieldError";
  readonly code = "ERR_UNSUPPORTED_FIELD";
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

/** What an API server can select by, besides name and namespace (S.10). */
const BY_KIND: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "Pod",
    [
      "spec.nodeName",
      "spec.restartPolicy",
      "spec.schedulerName",
      "spec.serviceAccountName",
      "spec.hostNetwork",
      "status.phase",
      "status.podIP",
      "status.nominatedNodeName",
    ],
  ],
  ["Service", ["spec.clusterIP", "spec.type"]],
  ["Node", ["spec.unschedulable"]],
  ["Namespace", ["status.phase"]],
  ["Secret", ["type"]],
  ["ReplicationController", ["status.replicas"]],
  ["ReplicaSet.apps", ["status.replicas"]],
  ["Job.batch", ["status.successful"]],
]);

/** The fields that objects of a kind can be selected by. */
export function supportedFields(kind: string): readonly string[] {
  return [...EVERY_KIND, ...(BY_KIND.get(kind) ?? [])];
}

/** @throws UnsupportedFieldError for the first field that is none of the kind's. */
export function checkFields(kind: string, { requirements }: FieldSelector): void {
  const supported = supportedFields(kind);
  for (const { field } of requirements) {
    if (!supported.includes(field)) throw new UnsupportedFieldError(kind, field);
  }
}

/** Whether a field selector, checked before, selects an object. Absent fields are empty. */
export function matchesFields(selector: FieldSelector, object: KubernetesObject): boolean {
  const fields: Record<string, string> = {};
  for (const { field } of selector.requirements) {
    fields[field] = fieldOf(object, field) || unset(object, field);
  }
  return selector.matches(fields);
}

/** What an API server selects by where nothing is written: numbers and booleans are never empty. */
const UNSET: ReadonlyMap<string, string> = new Map([
  ["Namespace status.phase", "Active"],
  ["Node spec.unschedulable", "false"],
  ["Pod spec.hostNetwork", "false"],
  ["Pod spec.restartPolicy", "Always"],
  ["Pod spec.schedulerName", "default-scheduler"],
  ["Pod spec.serviceAccountName", "default"],
  ["Pod status.phase", "Pending"],
  ["ReplicaSet status.replicas", "0"],
  ["ReplicationController status.replicas", "0"],
  ["Secret type", "Opaque"],
  ["Service spec.type", "ClusterIP"],
  ["Job status.successful", "0"],
]);

function unset({ kind }: KubernetesObject, field: string): string {
  return UNSET.get(`${kind} ${field}`) ?? "";
}

function fieldOf(object: KubernetesObject, field: string): string {
  // The only field whose name is not its path.
  const path = field === "status.successful" ? "status.succeeded" : field;
  let value: unknown = object;
  for (const step of path.split("."))
    value = (value as Record<string, unknown> | undefined)?.[step];
  return value === undefined || value === null ? "" : String(value);
}
