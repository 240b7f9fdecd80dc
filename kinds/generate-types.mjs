// TypeScript types of the definitions, as they are once an object is decoded.

const SCALARS = {
  s: "string",
  b: "boolean",
  i: "number",
  l: "number",
  d: "number",
  x: "IntOrString",
  q: "Quantity",
  t: "string",
  T: "string",
  D: "string",
  y: "string",
  j: "unknown",
};

export function typesOf(resources, definitions) {
  const names = typeNames(definitions);
  const kinds = new Set(resources.map(({ definition }) => definition));
  const parts = definitions
    .filter(({ name }) => name !== "meta/v1.ObjectMeta")
    .map((definition) => interfaceOf(definition, names, kinds.has(definition.name)));
  return `import type { KubernetesObject, ObjectMeta, StringMap } from "../object.ts";

/** A number, or a text such as "25%" or the name of a port. */
export type IntOrString = number | string;
/** An amount such as "500m" or "1Gi". */
export type Quantity = string;

${parts.join("\n\n")}
${knownKinds(resources, names)}`;
}

/** Go's name of a type, with group and version before it where an earlier group has one of that name. */
function typeNames(definitions) {
  const names = new Map();
  const taken = new Set(["Quantity", "IntOrString", "ObjectMeta", "KubernetesObject", "StringMap"]);
  const order = [
    "core",
    "meta",
    "apps",
    "batch",
    "discovery",
    "networking",
    "policy",
    "rbac",
    "storage",
  ];
  const rank = ({ name }) =>
    (order.indexOf(name.split("/")[0]) + order.length + 1) % (order.length + 1);
  for (const { name } of [...definitions].sort((a, b) => rank(a) - rank(b))) {
    const [, group, version, type] = /^([^/]*)\/([^.]*)\.(.*)$/.exec(name);
    const prefixed = `${capital(group.split(".")[0])}${capital(version)}${type}`;
    const free = taken.has(type) ? prefixed : type;
    taken.add(free);
    names.set(name, free);
  }
  names.set("meta/v1.ObjectMeta", "Partial<ObjectMeta>");
  return names;
}

const capital = (word) => word[0].toUpperCase() + word.slice(1);

function interfaceOf({ name, mark, fields }, names, isObject) {
  const skipped = isObject ? ["apiVersion", "kind", "metadata"] : [];
  const lines = fields
    .split(" ")
    .filter((text) => text !== "")
    .map((text) => readField(text, mark === "@"))
    .filter((field) => !skipped.includes(field.name))
    .map(
      ({ name: field, type, always }) =>
        `  readonly ${/^\w+$/.test(field) ? field : JSON.stringify(field)}${always ? "" : "?"}: ${typeText(type, names)};`,
    );
  // The prose of Kubernetes' documents stays there: https://kubernetes.io/docs/reference/kubernetes-api/
  const place = name.slice(0, name.lastIndexOf("."));
  const version = place.replace(/^core\//, "");
  const what = isObject ? `An object of ${version}` : `A part of objects of ${version}`;
  const head = `/** ${what}, as Kubernetes' API has it. */\nexport interface ${names.get(name)}${isObject ? " extends KubernetesObject" : ""} {`;
  return lines.length === 0 ? `${head}}` : `${head}\n${lines.join("\n")}\n}`;
}

/** What a decoded object always has: required fields, and the structs that an object is made of. */
function readField(text, custom) {
  const [, name, rest] = /^([^#:]+)(?:#[\d.]+)?:(.*)$/.exec(text);
  const [type, flags] = splitType(rest);
  const struct =
    !custom && /^[a-z]+\/v/.test(type) && ["spec", "template", "jobTemplate"].includes(name);
  return { name, type, always: flags.startsWith("!") || struct };
}

/** The type and the flags behind it. */
function splitType(text) {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if ("[{(<".includes(text[i])) depth++;
    if ("]})>".includes(text[i])) depth--;
    if (depth === 0) {
      const rest = /^[\])}]?(?:m\([^)]*\)|s(?![\w/.]))?/.exec(text.slice(i));
      if ("]})".includes(text[i]))
        return [text.slice(0, i + rest[0].length), text.slice(i + rest[0].length)];
      const word = /^[\w/.-]+/.exec(text.slice(i))[0];
      return [text.slice(0, i + word.length), text.slice(i + word.length)];
    }
  }
  throw new Error(`no type: ${text}`);
}

function typeText(type, names) {
  const list = /^\[(.*)\](?:s|m\(.*\))?$/.exec(type);
  if (list !== null) {
    const [item] = splitType(list[1]);
    const text = typeText(item, names);
    return `readonly ${/[|<]/.test(text) ? `(${text})` : text}[]`;
  }
  if (type.startsWith("("))
    return type
      .slice(1, -1)
      .split("|")
      .map((word) => JSON.stringify(word))
      .join(" | ");
  if (type === "{s}") return "StringMap";
  if (type.startsWith("{"))
    return `Readonly<Record<string, ${typeText(splitType(type.slice(1, -1))[0], names)}>>`;
  return SCALARS[type] ?? names.get(type) ?? `never /* ${type} */`;
}

function knownKinds(resources, names) {
  const seen = new Map();
  for (const { groupKind, definition } of resources)
    if (!seen.has(groupKind)) seen.set(groupKind, names.get(definition));
  const rows = [...seen].map(([groupKind, type]) => `  ${JSON.stringify(groupKind)}: ${type};`);
  return `
/** The type of each kind by \`groupKind\`, in its preferred version. */
export interface KnownKinds {
${rows.join("\n")}
}
`;
}
