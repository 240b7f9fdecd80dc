import { resolve } from "node:path";
import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { isRecord } from "../../objects/json.ts";
import type { ConfigValues } from "../config-values.ts";
import { describeInput, isUrl, type ManifestInput } from "../manifest-input.ts";
import { type FieldTypes, fieldsSchema, readFields, strings } from "./mapping-types.ts";
import { text } from "./scalar-types.ts";
import type { JsonSchema, ValueType } from "./value-type.ts";

const KUSTOMIZE = { kustomize: text } satisfies FieldTypes;
const HELM = {
  helm: text,
  release: text,
  namespace: text,
  values: valueFiles(),
  set: { schema: { type: "object" }, says: "mapping", read: readSet },
} satisfies FieldTypes;
const SOURCES = ["kustomize", "helm"] as const;

/** One path, or a list of paths and of what tools render. */
export const manifestInputs: ValueType<readonly ManifestInput[]> = {
  schema: { anyOf: [{ type: "string" }, { type: "array", items: inputSchema() }, inputSchema()] },
  says: "list of paths, URLs, { kustomize: FOLDER } and { helm: CHART }",
  read(value, at, values) {
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) return [readInput(value, at, values) ?? []].flat();
    return value.flatMap((item: unknown, i) => readInput(item, [...at, i], values) ?? []);
  },
  show: (inputs) => inputs.map(describeInput).join(", "),
};

function inputSchema(): JsonSchema {
  const rendered = [fieldsSchema(KUSTOMIZE, ["kustomize"]), fieldsSchema(HELM, ["helm"])];
  return { anyOf: [{ type: "string" }, ...rendered] };
}

/** One file, or a list of them. */
function valueFiles(): ValueType<readonly string[]> {
  return {
    schema: { anyOf: [{ type: "string" }, strings.schema] },
    says: "files",
    read: (value, at, values) =>
      strings.read(typeof value === "string" ? [value] : value, at, values),
  };
}

function readSet(value: unknown, at: FieldPath, values: ConfigValues) {
  return value === undefined ? undefined : values.mapping(value, at);
}

function readInput(
  value: unknown,
  path: FieldPath,
  values: ConfigValues,
): ManifestInput | undefined {
  if (!isRecord(value)) {
    const word = values.string(value ?? "", path);
    return word === undefined ? undefined : located(word, values.folder);
  }
  if (value["compose"] !== undefined) {
    const message = "compose files are not read: they describe containers, not Kubernetes objects";
    const hint = "write manifests once with kompose convert, or by hand, and name those";
    values.error("config-manifests", [...path, "compose"], message, hint, "key");
    return undefined;
  }
  const named = SOURCES.filter((source) => value[source] !== undefined);
  if (named.length !== 1) {
    const message = `expected a path, or a mapping with ${SOURCES.join(" or ")}`;
    values.error("config-manifests", path, message, "write { kustomize: overlays/dev }");
    return undefined;
  }
  const { folder } = values;
  if (named[0] === "kustomize") {
    const { kustomize } = readFields(KUSTOMIZE, value, path, values) ?? {};
    return kustomize === undefined ? undefined : { kustomize: located(kustomize, folder) };
  }
  const { helm, values: files = [], ...rest } = readFields(HELM, value, path, values) ?? {};
  if (helm === undefined) return undefined;
  // The chart is not resolved: `bitnami/redis` may be a folder, or a chart of a repository that helm knows.
  return { helm, folder, ...rest, values: files.map((file) => located(file, folder)) };
}

function located(word: string, folder: string): string {
  return isUrl(word) ? word : resolve(folder, word);
}
