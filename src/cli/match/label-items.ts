import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { type Labels, labelEntries } from "../../labels/labels.ts";
import { readManifest } from "../../manifests/read-manifest.ts";
import { isRecord } from "../../objects/json.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { describeObject } from "../../objects/object-key.ts";

/** An object with labels, and its name in the output. */
export interface LabelItem {
  readonly name: string;
  readonly labels: Labels;
}

export interface LabelReading {
  readonly items: readonly LabelItem[];
  readonly diagnostics: readonly Diagnostic[];
}

/** JSON lines (label sets, or objects with `metadata.labels`), or Kubernetes manifests. */
export function readLabelItems(text: string): LabelReading {
  const items = readJsonLines(text);
  if (items !== undefined) return { items, diagnostics: [] };
  const { objects, diagnostics } = readManifest(text, "-");
  return { items: objects.map(({ object }) => itemOfObject(object)), diagnostics };
}

export function itemOfObject(object: KubernetesObject): LabelItem {
  return { name: describeObject(object), labels: object.metadata.labels ?? {} };
}

/** @returns undefined when a line is not a JSON object. */
function readJsonLines(text: string): LabelItem[] | undefined {
  const items: LabelItem[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    if (!line.trimStart().startsWith("{")) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return undefined;
    }
    if (!isRecord(value)) return undefined;
    // A manifest in one line is a manifest.
    if (typeof value["kind"] === "string" && isRecord(value["metadata"])) return undefined;
    const { metadata, labels } = value;
    const own = isRecord(metadata) ? (metadata["labels"] ?? {}) : isRecord(labels) ? labels : value;
    const entries = labelEntries(isRecord(own) ? (own as Labels) : {});
    items.push({ name: line.trim(), labels: Object.fromEntries(entries) });
  }
  return items;
}
