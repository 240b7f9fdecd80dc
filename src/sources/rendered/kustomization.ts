import { join, resolve } from "node:path";
import { readDocuments } from "../../manifests/read-documents.ts";
import { isRecord } from "../../objects/json.ts";
import type { Inputs } from "./inputs.ts";

/** The file names by which kustomize recognizes a kustomization, in its order. */
const KUSTOMIZATION_FILES: readonly string[] = [
  "kustomization.yaml",
  "kustomization.yml",
  "Kustomization",
];

/** Whether a file of that name makes its folder a kustomization. */
export function isKustomizationName(name: string): boolean {
  return KUSTOMIZATION_FILES.includes(name);
}

/** The content of a kustomization. */
export function readKustomization(text: string): Readonly<Record<string, unknown>> {
  for (const { value } of readDocuments(text)) if (isRecord(value)) return value;
  return {};
}

/** Adds the files of a kustomization: bases, components, resources, patches, files of generators. */
export async function addKustomization(
  folder: string,
  inputs: Inputs,
  seen: Set<string> = new Set(),
): Promise<{ readonly isThere: boolean; readonly hasCharts: boolean }> {
  let isThere = false;
  let hasCharts = false;
  for (const name of KUSTOMIZATION_FILES) {
    const path = join(folder, name);
    if (seen.has(path) || (await inputs.add(path)) !== "file") continue;
    seen.add(path);
    isThere = true;
    const value = readKustomization(inputs.textOf(path) ?? "");
    if (value["helmCharts"] !== undefined) {
      hasCharts = true;
      await inputs.addBelow(resolve(folder, chartHomeOf(value)));
    }
    for (const text of mentionedPaths(value)) {
      const at = resolve(folder, text);
      if ((await inputs.add(at)) !== "folder") continue;
      const further = await addKustomization(at, inputs, seen);
      hasCharts ||= further.hasCharts;
    }
  }
  return { isThere, hasCharts };
}

function chartHomeOf({ helmGlobals }: Readonly<Record<string, unknown>>): string {
  const home = isRecord(helmGlobals) ? helmGlobals["chartHome"] : undefined;
  return typeof home === "string" ? home : "charts";
}

/**
 * Every text in a kustomization that may be a path. The fields with paths differ between versions of kustomize, and
 * trying a text that is none costs one look.
 */
export function mentionedPaths(value: unknown): string[] {
  if (typeof value === "string") {
    // `files: [application.properties, key=other.properties]`
    const path = value.slice(value.indexOf("=") + 1);
    return /^[^\s/][^\s]{0,1023}$/.test(path) && !path.includes("://") ? [path] : [];
  }
  if (Array.isArray(value)) return value.flatMap(mentionedPaths);
  return isRecord(value) ? Object.values(value).flatMap(mentionedPaths) : [];
}
