import { isRecord } from "../objects/json.ts";
import { RESOURCES } from "../objects/resource.ts";
import { flattenList } from "./flatten-list.ts";
import { readDocuments } from "./read-documents.ts";
import type { TextDocument } from "./text-document.ts";

const KINDS: ReadonlySet<string> = new Set(RESOURCES.map(({ kind }) => kind));

/** Groups in `apiVersion` of files that look like objects but belong to a tool. */
const TOOLS_GROUPS: ReadonlySet<string> = new Set([
  "kustomize.config.k8s.io",
  "skaffold",
  "k3d.io",
  "builtin",
]);

/**
 * Whether a document in a file that the user did not name is meant for an API server, valid or not. package.json,
 * values of a chart, workflows, compose files and patches are in the same folders, and are not.
 */
function isManifest(value: unknown): boolean {
  return flattenList(value).some((listed) => isObject(listed.value));
}

function isObject(value: unknown): boolean {
  if (!isRecord(value) || "$patch" in value) return false;
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion === "string" && TOOLS_GROUPS.has(apiVersion.split("/")[0]!)) return false;
  if (typeof kind === "string" && KINDS.has(kind)) return true;
  return isRecord(metadata) && (typeof apiVersion === "string" || typeof kind === "string");
}

/** Whether a text contains a manifest; where it can't be parsed, whether it looks like one. */
export function hasManifest(text: string, documents: Iterable<TextDocument>): boolean {
  let isReadable = true;
  for (const { value, problems } of documents) {
    if (problems.some(({ severity }) => severity === "error")) isReadable = false;
    else if (isManifest(value)) return true;
  }
  return !isReadable && looksLikeManifest(text);
}

/** {@link hasManifest} for a text that is not parsed for another purpose. */
export function isManifestText(text: string): boolean {
  return mentionsKind(text) && hasManifest(text, readDocuments(text));
}

/** A quick test that every manifest passes, and few other files do. */
function mentionsKind(text: string): boolean {
  return /["']?(?:kind|apiVersion)["']?\s*:/.test(text);
}

/** At the beginning of lines, or anywhere in JSON. */
function looksLikeManifest(text: string): boolean {
  return /^apiVersion\s*:|"apiVersion"\s*:/m.test(text) && /^kind\s*:|"kind"\s*:/m.test(text);
}
