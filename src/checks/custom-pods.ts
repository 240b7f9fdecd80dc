import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { Labels } from "../labels/labels.ts";
import { decode } from "../objects/decode.ts";
import { definitionNamed } from "../objects/definition.ts";
import type { Finding } from "../objects/finding.ts";
import { isRecord, type Json } from "../objects/json.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { PodTemplateSpec } from "../objects/pod.ts";
import type { PodTemplate } from "../objects/pod-templates.ts";

/** What an object of an unknown kind may say about pods. */
export interface CustomPods {
  /** Pod templates. */
  readonly templates: readonly PodTemplate[];
  /** Labels that its pods may have: those of other templates, and of fields like `podMetadata`. */
  readonly labels: readonly Labels[];
}

/** No custom resource has templates at a greater depth. */
const MAX_DEPTH = 12;

/**
 * The templates and labels anywhere below an object's `spec`: an Argo Rollout's `template`, a PyTorchJob's
 * `pytorchReplicaSpecs.Worker.template`, the `podMetadata` of a Prometheus.
 */
export function customPods({ spec }: KubernetesObject): CustomPods {
  const templates: PodTemplate[] = [];
  const labels: Labels[] = [];
  const visit = (value: unknown, path: FieldPath): void => {
    if (path.length > MAX_DEPTH) return;
    if (Array.isArray(value)) for (const [i, item] of value.entries()) visit(item, [...path, i]);
    if (!isRecord(value)) return;
    const template = templateAt(value, path);
    if (template !== undefined) {
      templates.push(template);
      return;
    }
    for (const [name, field] of Object.entries(value)) {
      const found = /metadata$/i.test(name) ? labelsIn(field) : undefined;
      if (found !== undefined) labels.push(found);
      visit(field, [...path, name]);
    }
  };
  visit(spec, ["spec"]);
  return { templates, labels };
}

function templateAt(value: Json, path: FieldPath): PodTemplate | undefined {
  const { metadata, spec } = value;
  if (!isRecord(spec) || !Array.isArray(spec["containers"])) return undefined;
  const findings: Finding[] = [];
  const definition = definitionNamed("core/v1.PodTemplateSpec");
  const { metadata: read, spec: pod } = decode(
    { metadata, spec },
    definition,
    [],
    findings,
  ) as Partial<PodTemplateSpec>;
  const isTaken = pod !== undefined && findings.every(({ severity }) => severity !== "error");
  return isTaken ? { path, metadata: read, spec: pod } : undefined;
}

function labelsIn(metadata: unknown): Labels | undefined {
  if (!isRecord(metadata) || !isRecord(metadata["labels"])) return undefined;
  const entries = Object.entries(metadata["labels"]);
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return texts.length === 0 ? undefined : Object.fromEntries(texts);
}
