import { isRecord } from "../objects/json.ts";
import { RESOURCES } from "../objects/resource.ts";
import { flattenList } from "./flatten-list.ts";
import { readDocuments } from "./read-documents.ts";
import type { TextDocument } from "./text-document.ts";

const KINDS: ReadonlySet<string> = new Set(RESOURCES.map(({ kind }) => kind));

/** What stands before the slash of `apiVersion` in files that have the form of objects and are a tool's own. */
const TOOLS_GROUPS: ReadonlySet<string> = new Set([
  "kustomize.config.k8s.io",
  "skaffold",
  "k3d.io",
  "builtin",
]);

/**
 * Whether a document of a file that nobody named is meant for an API server, broken or not. package.json, values of a
 * chart, workflows, compose files and patches lie in the same folders, and are not.
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

/** Whether one of the documents of a text is a manifest; where none can be read, whether the text looks like one. */
export function hasManifest(text: string, documents: Iterable<TextDocument>): boolean {
  let isReadable = true;
  for (const { value, problems } of documents) {
    if (problems.some(({ severity }) => severity === "error")) isReadable = false;
    else if (isManifest(value)) return true;
  }
  return !isReadable && looksLikeManifest(text);
}

/** {@link hasManifest} of a text that is read for nothing else. */
export function isManifestText(text: string): boolean {
  return mentionsKind(text) && hasManifest(text, readDocuments(text));
}

/** A quick test that every manifest passes, and most other files do not. */
function mentionsKind(text: string): boolean {
  return /["']?(?:kind|apiVersion)["']?\s*:/.test(text);
}

/** At the beginning of lines, or as JSON has them anywhere. */
function looksLikeManifest(text: string): boolean {
  return /^apiVersion\s*:|"apiVersion"\s*:/m.test(text) && /^kind\s*:|"kind"\s*:/m.test(text);
}
