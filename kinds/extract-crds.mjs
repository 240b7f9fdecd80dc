// Facts of kinds that CustomResourceDefinitions describe.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** The fields of every object; Kubernetes describes metadata. */
const OBJECT = [
  { name: "apiVersion", type: "s" },
  { name: "kind", type: "s" },
  { name: "metadata", type: "meta/v1.ObjectMeta", present: true },
];

/** Resources and definitions of a folder of CustomResourceDefinitions. */
export function factsOfCrds(folder) {
  const resources = [];
  const definitions = [];
  for (const file of readdirSync(folder).sort()) {
    const documents = parseAllDocuments(readFileSync(join(folder, file), "utf8")).map((each) =>
      each.toJS(),
    );
    for (const { spec } of documents.filter((each) => each?.kind === "CustomResourceDefinition")) {
      // The storage version first: it is the preferred one of its group, or the only stable one.
      for (const version of spec.versions
        .filter(({ served }) => served)
        .sort((a, b) => Number(b.storage) - Number(a.storage))) {
        addVersion(spec, version, resources, definitions);
      }
    }
  }
  return { resources, definitions };
}

function addVersion({ group, names, scope }, version, resources, definitions) {
  const apiVersion = `${group}/${version.name}`;
  const { kind, plural, singular, shortNames = [], categories = [] } = names;
  const root = `${apiVersion}.${kind}`;
  const { properties, required } = version.schema.openAPIV3Schema;
  const own = { ...properties };
  for (const name of ["apiVersion", "kind", "metadata"]) delete own[name];
  const definition = describe(root, { kind, properties: own, required }, definitions);
  resources.push({
    apiVersion,
    kind,
    definition: definition.name,
    plural,
    singular,
    namespaced: scope === "Namespaced",
    shortNames,
    categories,
    verbs: VERBS,
    subresources: version.subresources?.status
      ? [{ name: "status", verbs: ["get", "patch", "update"], kind, apiVersion }]
      : [],
  });
}

function describe(name, schema, definitions) {
  const definition = { name, kind: schema.kind, custom: true, fields: [] };
  if (schema.kind !== undefined) definition.fields.push(...OBJECT);
  for (const [field, property] of Object.entries(schema.properties ?? {})) {
    const label = `${name}${field[0].toUpperCase()}${field.slice(1)}`;
    definition.fields.push({
      name: field,
      type: typeOf(label, property, definitions),
      required: schema.required?.includes(field) ?? false,
      limits: limitsOf(property),
      default: property.default,
    });
  }
  return add(definition, definitions);
}

/** Versions and kinds have much in common: what is described alike is described once, by its first name. */
function add(definition, definitions) {
  const content = JSON.stringify(definition.fields) + (definition.kind ?? "");
  const same = definitions.find((each) => each.content === content);
  if (same !== undefined) return same;
  definitions.push({ ...definition, content });
  return definition;
}

function typeOf(label, schema, definitions) {
  if (schema["x-kubernetes-int-or-string"]) return "x";
  if (schema["x-kubernetes-preserve-unknown-fields"]) return "j";
  if (schema.enum !== undefined && schema.type !== "integer") return `(${schema.enum.join("|")})`;
  switch (schema.type) {
    case "string":
      return schema.format === "date-time" ? "t" : "s";
    case "boolean":
      return "b";
    case "integer":
      return schema.format === "int64" ? "l" : "i";
    case "number":
      return "d";
    case "array": {
      const kind = schema["x-kubernetes-list-type"];
      const suffix =
        kind === "map"
          ? `m(${schema["x-kubernetes-list-map-keys"].join(",")})`
          : kind === "set"
            ? "s"
            : "";
      return `[${typeOf(label.replace(/ies$/, "y").replace(/s$/, ""), schema.items, definitions)}${wrapped(limitsOf(schema.items))}]${suffix}`;
    }
    default:
      if (schema.properties === undefined && schema.additionalProperties !== undefined) {
        return `{${typeOf(label, schema.additionalProperties, definitions)}}`;
      }
      if (schema.properties === undefined) return "j";
      return describe(label, schema, definitions).name;
  }
}

const wrapped = (limits) => (limits === undefined ? "" : `<${limits}>`);

function limitsOf(schema) {
  const least = schema.minLength ?? schema.minItems ?? schema.minimum ?? schema.minProperties;
  const most = schema.maxLength ?? schema.maxItems ?? schema.maximum ?? schema.maxProperties;
  const range = least === undefined && most === undefined ? [] : [`${least ?? ""}..${most ?? ""}`];
  // An enumeration of numbers has no type of its own: how they are written is what they are.
  const numbers = schema.type === "integer" && schema.enum && `^(${schema.enum.join("|")})$`;
  const form = schema.pattern ?? numbers;
  const pattern = form ? [`/${form}/`] : [];
  return [...range, ...pattern].join(",") || undefined;
}
