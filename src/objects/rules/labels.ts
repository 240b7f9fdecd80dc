import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { nearestName } from "../../diagnostics/nearest-name.ts";
import { validateLabelKey, validateLabelValue } from "../../labels/label-name.ts";
import { type Labels, labelEntries } from "../../labels/labels.ts";
import { isRecord, quote } from "../read-shape.ts";
import type { Rule } from "../rule.ts";

/** A metadata mapping somewhere in an object: its own, or a template's. */
export interface MetadataPlace {
  readonly path: FieldPath;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const labelKey: Rule<MetadataPlace> = {
  id: "label-key",
  severity: "error",
  check({ path, metadata }, report) {
    for (const [key] of stringEntries(metadata["labels"])) {
      for (const { message } of validateLabelKey(key)) {
        report([...path, "labels", key], message, { at: "key" });
      }
    }
  },
};

const labelValue: Rule<MetadataPlace> = {
  id: "label-value",
  severity: "error",
  check({ path, metadata }, report) {
    for (const [key, value] of stringEntries(metadata["labels"])) {
      for (const { message } of validateLabelValue(value)) {
        report([...path, "labels", key], message, { hint: labelValueHint(value) });
      }
    }
  },
};

/** The next step for a label value that is not valid. */
export function labelValueHint(value: string): string | undefined {
  if (value.endsWith(",")) {
    const rest = value.replace(/[\s,]+$/, "");
    return `the comma is part of the value here; write ${rest} without it, one label a line`;
  }
  const suggestion = value
    .slice(0, 63)
    .replace(/[^A-Za-z0-9_.-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  return suggestion === "" ? undefined : `${suggestion} would be valid; annotations take any text`;
}

const annotationKey: Rule<MetadataPlace> = {
  id: "annotation-key",
  severity: "error",
  check({ path, metadata }, report) {
    for (const [key] of stringEntries(metadata["annotations"])) {
      // The prefix of an annotation's key may be written in upper case.
      for (const { message } of validateLabelKey(key.toLowerCase())) {
        report([...path, "annotations", key], message, { at: "key" });
      }
    }
  },
};

/** All keys and values of an object's annotations together, in bytes. */
const MAX_ANNOTATIONS = 256 * 1024;

const annotationSize: Rule<MetadataPlace> = {
  id: "annotation-size",
  severity: "error",
  check({ path, metadata }, report) {
    let bytes = 0;
    for (const [key, value] of stringEntries(metadata["annotations"])) {
      bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    }
    if (bytes <= MAX_ANNOTATIONS) return;
    report([...path, "annotations"], `the annotations have ${bytes} bytes, at most 262144 fit`, {
      at: "key",
    });
  },
};

/** Every field of metav1.ObjectMeta. */
const META_FIELDS = [
  "name",
  "generateName",
  "namespace",
  "uid",
  "labels",
  "annotations",
  "generation",
  "resourceVersion",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "ownerReferences",
  "finalizers",
  "managedFields",
  "selfLink",
];

/** A metadata field that the API does not know, and the known one it is like. */
function* strangers(metadata: object): Generator<[name: string, near: string | undefined]> {
  for (const name of Object.keys(metadata)) {
    if (!META_FIELDS.includes(name)) yield [name, nearestName(name, META_FIELDS)];
  }
}

const labelMisplaced: Rule<MetadataPlace> = {
  id: "label-misplaced",
  severity: "warning",
  check({ path, metadata }, report) {
    for (const [name, near] of strangers(metadata)) {
      const value = metadata[name];
      if (near !== undefined || typeof value === "object") continue;
      report([...path, name], `${quote(name)} is no field of metadata; it is dropped`, {
        at: "key",
        hint: `if it is a label, it belongs under metadata.labels: labels: { ${name}: ${String(value)} }`,
      });
    }
  },
};

const metadataField: Rule<MetadataPlace> = {
  id: "unknown-field",
  severity: "warning",
  check({ path, metadata }, report) {
    for (const [name, near] of strangers(metadata)) {
      if (near === undefined && typeof metadata[name] !== "object") continue;
      report([...path, name], `${quote(name)} is no field of metadata; it is dropped`, {
        at: "key",
        hint: near && `did you mean ${near}?`,
      });
    }
  },
};

/** What of a string map is one; the rest has been reported as a wrong type. */
function stringEntries(value: unknown): Iterable<[key: string, value: string]> {
  return labelEntries(isRecord(value) ? (value as Labels) : {});
}

export const metadataRules: readonly Rule<MetadataPlace>[] = [
  labelMisplaced,
  metadataField,
  labelKey,
  labelValue,
  annotationKey,
  annotationSize,
];
