import { createHash } from "node:crypto";
import type { Resource } from "../objects/api-resource.ts";
import { definitionNamed, type Field, type FieldType } from "../objects/definition.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { versionOf } from "./custom/definition.ts";
import { VERSION } from "./version.ts";

/** `/openapi/v3`: the paths of each version's document. */
export function openApiIndex(resources: readonly Resource[], version: number): object {
  // Part of the documents' hash: built-in ones change with the program, those of custom resources with their
  // definition.
  const hash = createHash("sha256")
    .update(`${VERSION.gitVersion}/${version}`)
    .digest("hex")
    .slice(0, 32);
  const places = [...new Set(resources.map(({ apiVersion }) => placeOf(apiVersion)))];
  return {
    paths: Object.fromEntries(
      places.map((place) => [place, { serverRelativeURL: `/openapi/v3/${place}?hash=${hash}` }]),
    ),
  };
}

/** `api/v1`, `apis/apps/v1`: the path of a version, and of its document. */
export function placeOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
}

/**
 * The OpenAPI document of a version: its kinds with their fields, and those parts of the paths that clients read
 * (A.1). Descriptions are left out: they are upstream's prose.
 * @param place `api/v1`, `apis/apps/v1`
 */
export function openApiOf(
  place: string,
  resources: readonly Resource[],
  store: StoreReader,
): object | undefined {
  const own = resources.filter(({ apiVersion }) => placeOf(apiVersion) === place);
  if (own.length === 0) return undefined;
  const schemas = new Map<string, object>();
  for (const resource of own) addSchemas(resource, schemas, store);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: VERSION.gitVersion },
    paths: Object.fromEntries(own.flatMap(pathsOf)),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function pathsOf(resource: Resource): [string, object][] {
  const { apiVersion, plural, namespaced, group, version, kind, verbs } = resource;
  const root = `/${placeOf(apiVersion)}${namespaced ? "/namespaces/{namespace}" : ""}/${plural}`;
  const gvk = { "x-kubernetes-group-version-kind": { group, kind, version } };
  const schema = { $ref: `#/components/schemas/${schemaNameOf(resource)}` };
  const answer = {
    responses: { 200: { description: "OK", content: { "application/json": { schema } } } },
  };
  const operation = (action: string, parameters: readonly string[] = []) => ({
    "x-kubernetes-action": action,
    ...gvk,
    ...answer,
    parameters: parameters.map((name) => ({ name, in: "query", schema: { type: "string" } })),
  });
  const write = ["dryRun", "fieldManager", "fieldValidation"];
  const one = {
    ...(verbs.includes("get") && { get: operation("get") }),
    ...(verbs.includes("update") && { put: operation("put", write) }),
    ...(verbs.includes("patch") && { patch: operation("patch", [...write, "force"]) }),
    ...(verbs.includes("delete") && { delete: operation("delete", ["dryRun"]) }),
  };
  const all = {
    ...(verbs.includes("list") && { get: operation("list") }),
    ...(verbs.includes("create") && { post: operation("post", write) }),
  };
  return [
    [root, all],
    [`${root}/{name}`, one],
  ];
}

function schemaNameOf({ definition, group, version, kind }: Resource): string {
  return definition === "" ? `${reversed(group)}.${version}.${kind}` : schemaName(definition);
}

/** `core/v1.Container` → `io.k8s.api.core.v1.Container`: clients rely on some of upstream's names. */
function schemaName(definition: string): string {
  const [, group = "", rest = ""] = /^(.*)\/(.*)$/.exec(definition) ?? [];
  if (group === "meta") return `io.k8s.apimachinery.pkg.apis.meta.${rest}`;
  return `io.k8s.api.${group}.${rest}`;
}

function reversed(group: string): string {
  return group.split(".").reverse().join(".");
}

function addSchemas(resource: Resource, schemas: Map<string, object>, store: StoreReader): void {
  const { definition, group, version, kind } = resource;
  const gvk = { "x-kubernetes-group-version-kind": [{ group, kind, version }] };
  const name = schemaNameOf(resource);
  if (definition !== "") {
    addDefinition(definition, schemas);
    schemas.set(name, { ...schemas.get(name), ...gvk });
    return;
  }
  const schema = versionOf(resource, store)?.schema?.openAPIV3Schema;
  addDefinition("meta/v1.ObjectMeta", schemas);
  schemas.set(name, {
    ...schema,
    properties: {
      ...schema?.properties,
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { allOf: [reference("meta/v1.ObjectMeta")] },
    },
    ...gvk,
  });
}

function addDefinition(name: string, schemas: Map<string, object>): void {
  const key = schemaName(name);
  if (schemas.has(key)) return;
  const { fields, atomic } = definitionNamed(name);
  // Registered before its fields are visited, since some definitions contain themselves.
  schemas.set(key, {});
  const required = [...fields.values()].filter((field) => field.required).map(({ name }) => name);
  schemas.set(key, {
    type: "object",
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(
      [...fields.values()].map((field) => [field.name, fieldSchema(field, schemas)]),
    ),
    ...(atomic && { "x-kubernetes-map-type": "atomic" }),
  });
}

function fieldSchema(field: Field, schemas: Map<string, object>): object {
  const { mergeKey, retainKeys, type } = field;
  const strategy = [mergeKey !== undefined && "merge", retainKeys && "retainKeys"].filter(Boolean);
  return {
    ...typeSchema(type, schemas),
    ...(field.default !== undefined && { default: field.default }),
    ...(mergeKey && { "x-kubernetes-patch-merge-key": mergeKey }),
    ...(strategy.length > 0 && { "x-kubernetes-patch-strategy": strategy.join(",") }),
  };
}

function typeSchema(type: FieldType, schemas: Map<string, object>): object {
  switch (type.type) {
    case "record":
      addDefinition(type.definition, schemas);
      return { allOf: [reference(type.definition)] };
    case "list":
      return {
        type: "array",
        items: typeSchema(type.of, schemas),
        ...(type.identity === "atomic"
          ? { "x-kubernetes-list-type": "atomic" }
          : type.identity === "set"
            ? { "x-kubernetes-list-type": "set" }
            : {
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": type.identity,
              }),
      };
    case "map":
      return { type: "object", additionalProperties: typeSchema(type.of, schemas) };
    case "word":
      return { type: "string", enum: type.words.filter((word) => word !== "") };
    case "string":
    case "duration":
      return { type: "string" };
    case "boolean":
      return { type: "boolean" };
    case "int32":
    case "int64":
      return { type: "integer", format: type.type };
    case "number":
      return { type: "number", format: "double" };
    case "intOrString":
      return { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] };
    case "quantity":
      return { oneOf: [{ type: "string" }, { type: "number" }] };
    case "time":
    case "microTime":
      return { type: "string", format: "date-time" };
    case "bytes":
      return { type: "string", format: "byte" };
    case "json":
      return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  }
}

function reference(definition: string): object {
  return { $ref: `#/components/schemas/${schemaName(definition)}` };
}
