import { resolve } from "node:path";
import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { isRecord } from "../objects/json.ts";
import type { ConfigValues } from "./config-values.ts";
import { isUrl, type ManifestInput } from "./manifest-input.ts";

const SOURCES = ["kustomize", "helm"] as const;
const KUSTOMIZE_KEYS = ["kustomize"];
const HELM_KEYS = ["helm", "release", "namespace", "values", "set"];

/** What `manifests` of a config file says: one path, or a list of paths and of what tools render. */
export function readManifestInputs(
  value: unknown,
  folder: string,
  values: ConfigValues,
): ManifestInput[] {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((item, i) => {
    const path = Array.isArray(value) ? ["manifests", i] : ["manifests"];
    return readInput(item, path, folder, values) ?? [];
  });
}

function readInput(
  value: unknown,
  path: FieldPath,
  folder: string,
  values: ConfigValues,
): ManifestInput | undefined {
  if (!isRecord(value)) {
    const text = values.string(value ?? "", path);
    return text === undefined ? undefined : located(text, folder);
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
  return named[0] === "kustomize"
    ? readKustomize(value, path, folder, values)
    : readHelm(value, path, folder, values);
}

function readKustomize(
  value: Readonly<Record<string, unknown>>,
  path: FieldPath,
  folder: string,
  values: ConfigValues,
): ManifestInput | undefined {
  values.mapping(value, path, KUSTOMIZE_KEYS);
  const target = values.string(value["kustomize"], [...path, "kustomize"]);
  return target === undefined ? undefined : { kustomize: located(target, folder) };
}

function readHelm(
  value: Readonly<Record<string, unknown>>,
  path: FieldPath,
  folder: string,
  values: ConfigValues,
): ManifestInput | undefined {
  values.mapping(value, path, HELM_KEYS);
  const chart = values.string(value["helm"], [...path, "helm"]);
  if (chart === undefined) return undefined;
  const release = values.string(value["release"], [...path, "release"]);
  const namespace = values.string(value["namespace"], [...path, "namespace"]);
  const { values: files, set } = value;
  const list = typeof files === "string" ? [files] : files;
  const settings = set === undefined ? undefined : values.mapping(set, [...path, "set"]);
  return {
    // Not resolved: `bitnami/redis` may be a folder, or a chart of a repository that helm knows.
    helm: chart,
    folder,
    ...(release !== undefined && { release }),
    ...(namespace !== undefined && { namespace }),
    values: values.strings(list, [...path, "values"]).map((file) => located(file, folder)),
    ...(settings && { set: settings }),
  };
}

function located(text: string, folder: string): string {
  return isUrl(text) ? text : resolve(folder, text);
}
