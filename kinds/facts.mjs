// The notation of the facts: one line for a resource, one for a definition (a type with fields).
//
//   resource apps/v1 Deployment apps/v1.Deployment deployments deployment namespaced short=deploy categories=all
//     verbs=create,delete,… status=get,patch,update scale:autoscaling/v1.Scale=get,patch,update      (one line)
//
//   core/v1.ServicePort name#1:s port#3:i! protocol#2:(TCP|UDP|SCTP)="TCP" targetPort#4:x …
//
// A field is NAME#NUMBER:TYPE with flags behind it:
//   #NUMBER   in protobuf; `1.3` stands for field 3 of the message in field 1, which JSON does not nest
//   TYPE      s text, b boolean, i and l integers of 32 and 64 bits, d a number, x integer or text, q a quantity,
//             t and T times (of seconds, of microseconds), D a duration, y bytes in base64, j any JSON,
//             (A|B) one of these words, [TYPE] a list, {TYPE} a mapping with free keys, else a definition's name
//   [TYPE]s   a set; [TYPE]m(a,b) a list of mappings that these fields tell apart
//   !         required
//   *         a pointer in Go: a zero value is a value, and not the same as nothing
//   ^         always there: a server that gets none has an empty one
//   ~KEY      a strategic merge patch merges the list by KEY (~ alone: as a set, or a mapping)
//   ~~        … and keeps none of the fields that the patch does not name
//   <…>       limits: `1..63` of a text's length, a list's items or a number; `/regular expression/`
//   =JSON     the default
// A definition whose name begins with `%` has one owner as a whole (server-side apply); with `@`, it is from a
// CustomResourceDefinition: a field that is absent is absent then, as there is no Go type with zero values.

export function definitionLine({ name, atomic, custom, fields }) {
  return [`${custom ? "@" : atomic ? "%" : ""}${name}`, ...fields.map(fieldText)].join(" ");
}

function fieldText({
  name,
  number,
  type,
  required,
  pointer,
  present,
  merge,
  retainKeys,
  limits,
  default: fallback,
}) {
  let text = `${name}${number === undefined ? "" : `#${number}`}:${type}`;
  if (required) text += "!";
  if (pointer) text += "*";
  if (present) text += "^";
  if (limits !== undefined) text += `<${limits}>`;
  if (merge !== undefined) text += `~${merge}`;
  if (retainKeys) text += "~~";
  if (fallback !== undefined) text += `=${JSON.stringify(fallback)}`;
  return text.replaceAll(" ", "\\u0020");
}

export function resourceLine(resource) {
  const { apiVersion, kind, definition, plural, singular, namespaced } = resource;
  const words = [
    "resource",
    apiVersion,
    kind,
    definition,
    plural,
    singular,
    namespaced ? "namespaced" : "cluster",
  ];
  if (resource.shortNames.length > 0) words.push(`short=${resource.shortNames}`);
  if (resource.categories.length > 0) words.push(`categories=${resource.categories}`);
  words.push(`verbs=${resource.verbs}`);
  for (const { name, verbs, kind: body, apiVersion: of } of resource.subresources) {
    words.push(`/${name}${body === kind ? "" : `:${of}:${body}`}=${verbs}`);
  }
  return words.join(" ");
}
