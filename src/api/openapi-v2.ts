import type { Resource } from "../objects/api-resource.ts";
import { isRecord } from "../objects/json.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { openApiOf, placeOf } from "./openapi.ts";
import { VERSION } from "./version.ts";

type Json = Readonly<Record<string, unknown>>;

interface Document3 {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

/**
 * `/openapi/v2`: all versions in one document of OpenAPI 2, for clients older than `/openapi/v3` and for generators of
 * code. It says what the newer documents say, as far as the older form can.
 */
export function openApiV2(resources: readonly Resource[], store: StoreReader): object {
  const places = new Set(resources.map(({ apiVersion }) => placeOf(apiVersion)));
  const documents = [...places].map((place) => openApiOf(place, resources, store) as Document3);
  const definitions = documents.flatMap(({ components }) => Object.entries(components.schemas));
  const paths = documents.flatMap((document) => Object.entries(document.paths));
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: VERSION.gitVersion },
    paths: Object.fromEntries(paths.map(([path, item]) => [path, pathOf(path, item)])),
    definitions: Object.fromEntries(definitions.map(([name, schema]) => [name, older(schema)])),
  };
}

function pathOf(path: string, operations: Readonly<Record<string, Json>>): object {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const parameters = names.map((name) => ({ name, in: "path", required: true, type: "string" }));
  const made = Object.entries(operations).map(([method, operation]) => [
    method,
    operationOf(method, operation),
  ]);
  return { ...Object.fromEntries(made), ...(names.length > 0 && { parameters }) };
}

/** Methods that come with an object. */
const WRITES: ReadonlySet<string> = new Set(["post", "put"]);

function operationOf(method: string, { responses, parameters, ...rest }: Json): object {
  const { content } = (responses as { readonly 200: { readonly content: Json } })[200];
  const { schema } = content["application/json"] as { readonly schema: Json };
  const query = (parameters as readonly { readonly name: string }[]).map(({ name }) => ({
    name,
    in: "query",
    type: "string",
  }));
  const body = { name: "body", in: "body", required: true, schema: older(schema) };
  return {
    ...rest,
    produces: ["application/json"],
    parameters: WRITES.has(method) ? [body, ...query] : query,
    responses: { 200: { description: "OK", schema: older(schema) } },
  };
}

/** What the older form has no word for. */
const NEWER: ReadonlySet<string> = new Set(["oneOf", "anyOf", "allOf", "not", "nullable"]);

/** A schema as OpenAPI 2 writes it: a choice of types is a string with a format, and a reference stands alone. */
function older(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const { $ref, allOf, oneOf, properties, items, additionalProperties } = schema;
  if (typeof $ref === "string") {
    return { $ref: $ref.replace("#/components/schemas/", "#/definitions/") };
  }
  const [only] = Array.isArray(allOf) && allOf.length === 1 ? allOf : [];
  if (isRecord(only) && typeof only["$ref"] === "string") return older(only);
  const kept = Object.fromEntries(Object.entries(schema).filter(([name]) => !NEWER.has(name)));
  return {
    ...kept,
    ...(oneOf !== undefined && schema["type"] === undefined && { type: "string" }),
    ...(isRecord(properties) && { properties: mapped(properties) }),
    ...(items !== undefined && { items: older(items) }),
    ...(isRecord(additionalProperties) && { additionalProperties: older(additionalProperties) }),
  };
}

/** Names of properties are no words of the form, whatever they are. */
function mapped(properties: Json): Json {
  return Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, older(of)]));
}
