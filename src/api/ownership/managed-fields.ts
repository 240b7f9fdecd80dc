import { isRecord } from "../../objects/json.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { FieldSet, type Step } from "./field-set.ts";
import type { MergeType } from "./merge-type.ts";
import { changesBetween, differing, fieldsOf, mergeApplied, withoutFields } from "./ownership.ts";

/** The writer: an entry of managedFields without its fields and time. */
export interface Manager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** The subresource; empty for the object itself. */
  readonly subresource: string;
}

interface Entry extends Manager {
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Fields without owners, as they identify an object or are written by the server. */
const UNOWNED: readonly (readonly Step[])[] = [
  ["f:apiVersion"],
  ["f:kind"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((field) => ["f:metadata", `f:${field}`]),
];

/** The applied value differs from that of a field that another manager owns. */
export interface ApplyConflict {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly subresource: string;
  readonly time: string | undefined;
  readonly apiVersion: string;
  readonly path: readonly Step[];
}

export interface ApplyOptions {
  readonly manager: Manager & { readonly operation: "Apply" };
  readonly type: MergeType;
  /** Whether to take fields over that other managers own; otherwise these are conflicts. */
  readonly force: boolean;
  /** RFC 3339 */
  readonly now: string;
}

/**
 * Server-side apply: the merged object. Fields that the same manager applied before and leaves out now are removed,
 * unless another manager owns them as well.
 * @param live undefined where there is no object yet
 * @returns the conflicts instead, where fields of other managers would change and it is not forced
 */
export function applyFields(
  live: KubernetesObject | undefined,
  applied: KubernetesObject,
  { manager, type, force, now }: ApplyOptions,
): KubernetesObject | readonly ApplyConflict[] {
  const entries = readEntries(live);
  const own = entries.find((entry) => isSame(entry, manager));
  const others = entries.filter((entry) => entry !== own);
  const fields = ownedFields(fieldsOf(applied, type));
  const changed = differing(fields, live ?? {}, applied, type);
  const conflicts = others.flatMap((entry) => conflictsWith(entry, changed));
  if (conflicts.length > 0 && !force) return conflicts;

  const merged = mergeApplied(live ?? {}, applied, type);
  const kept = others.reduce((set, entry) => set.union(entry.fields), new FieldSet());
  const dropped = (own?.fields ?? new FieldSet()).minus(fields);
  const result = withoutFields(merged, dropped, kept, type) as KubernetesObject;
  const time = own?.fields.equals(fields) ? own.time : now;
  return withEntries(result, [
    ...others.map((entry) => ({ ...entry, fields: entry.fields.minus(changed) })),
    ...(fields.isEmpty ? [] : [{ ...manager, time, fields }]),
  ]);
}

function conflictsWith(entry: Entry, changed: FieldSet): ApplyConflict[] {
  const { fields, ...manager } = entry;
  return [...fields.intersect(changed).paths()].map((path) => ({ ...manager, path }));
}

/**
 * The object after an update, with its new owners: a writer becomes the only owner of the fields it changes.
 * @param before undefined for a new object
 */
export function updateOwners(
  before: KubernetesObject | undefined,
  after: KubernetesObject,
  manager: Manager & { readonly operation: "Update" },
  type: MergeType,
  now: string,
): KubernetesObject {
  // An empty list from a client resets all ownership.
  const sent: unknown = after.metadata.managedFields;
  const isReset = Array.isArray(sent) && sent.every((each) => Object.keys(each ?? {}).length === 0);
  const entries = before === undefined || isReset ? [] : readEntries(before);
  const { written, removed } = changesBetween(bare(before), bare(after), type);
  const mine = ownedFields(written);
  const gone = ownedFields(removed);
  if (mine.isEmpty && gone.isEmpty)
    return isReset ? withEntries(after, []) : withEntries(after, entries);
  const own = entries.find((entry) => isSame(entry, manager));
  const fields = (own?.fields ?? new FieldSet()).union(mine).minus(gone);
  const taken = mine.union(gone);
  return withEntries(after, [
    ...entries
      .filter((entry) => entry !== own)
      .map((entry) => ({ ...entry, fields: entry.fields.minus(taken) })),
    ...(fields.isEmpty ? [] : [{ ...manager, time: now, fields }]),
  ]);
}

/** managedFields itself is not owned. */
function bare(object: KubernetesObject | undefined): unknown {
  if (object === undefined) return {};
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function ownedFields(fields: FieldSet): FieldSet {
  const unowned = new FieldSet();
  for (const path of UNOWNED) unowned.insert(path);
  const rest = fields.minus(unowned);
  // A bare `f:metadata` has no meaning.
  const metadata = rest.children.get("f:metadata");
  if (metadata?.isEmpty) rest.children.delete("f:metadata");
  rest.members.delete("f:metadata");
  return rest;
}

function isSame(a: Manager, b: Manager): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    // Fields may have other names in another version. A manager's Apply entry covers all versions.
    (a.operation === "Apply" || a.apiVersion === b.apiVersion)
  );
}

function readEntries(object: KubernetesObject | undefined): Entry[] {
  const entries: readonly unknown[] = object?.metadata.managedFields ?? [];
  return entries.filter(isRecord).map((entry) => ({
    manager: String(entry["manager"] ?? ""),
    operation: entry["operation"] === "Apply" ? "Apply" : "Update",
    apiVersion: String(entry["apiVersion"] ?? ""),
    subresource: String(entry["subresource"] ?? ""),
    time: typeof entry["time"] === "string" ? entry["time"] : undefined,
    fields: FieldSet.fromJSON(entry["fieldsV1"]),
  }));
}

/** Sorted as upstream: applied entries before updated ones, then by time and name. */
function withEntries(object: KubernetesObject, entries: readonly Entry[]): KubernetesObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const kept = entries.filter(({ fields }) => !fields.isEmpty).sort(compareEntries);
  const managedFields = kept.map(
    ({ manager, operation, apiVersion, time, fields, subresource }) => ({
      manager,
      operation,
      apiVersion,
      ...(time !== undefined && { time }),
      fieldsType: "FieldsV1",
      fieldsV1: fields.toJSON(),
      ...(subresource !== "" && { subresource }),
    }),
  );
  if (managedFields.length === 0) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, managedFields } };
}

function compareEntries(a: Entry, b: Entry): number {
  if (a.operation !== b.operation) return a.operation === "Apply" ? -1 : 1;
  return (
    (a.time ?? "").localeCompare(b.time ?? "") ||
    a.manager.localeCompare(b.manager) ||
    a.subresource.localeCompare(b.subresource)
  );
}

/** A path as messages have it: `.spec.template.spec.containers[name="web"].image`. */
export function formatSteps(path: readonly Step[]): string {
  return path
    .map((step) => {
      const rest = step.slice(2);
      if (step.startsWith("f:")) return `.${rest}`;
      if (step.startsWith("v:")) return `[=${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
    })
    .join("");
}
