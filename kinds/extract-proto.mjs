// The numbers of fields in protobuf, from a package's generated.proto.
import { readFileSync } from "node:fs";

export function readProto(file) {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {}
  const messages = new Map();
  for (const [, name, body] of text.matchAll(/^message (\w+) \{\n([\s\S]*?)^\}/gm)) {
    const fields = body.matchAll(
      /^\s*(?:optional|repeated|required|map)\s*(<[^>]*>|\S+)\s+(\w+) = (\d+);/gm,
    );
    messages.set(
      name,
      [...fields].map(([, type, field, number]) => ({ field, type, number: Number(number) })),
    );
  }
  return {
    /** Name → number. A field of an embedded struct, which protobuf nests, has the numbers of the way to it: `1.3`. */
    numbersOf(type, names) {
      const byWord = new Map(names.map((name) => [wordOf(name), name]));
      const numbers = new Map();
      const collect = (message, way) => {
        for (const { field, type: inner, number } of messages.get(message) ?? []) {
          const name = byWord.get(wordOf(field));
          if (name !== undefined) numbers.set(name, [...way, number].join("."));
          else collect(inner, [...way, number]);
        }
      };
      collect(type, []);
      return numbers;
    },
  };
}

/** Protobuf writes some names its own way: `$ref` as `ref`, `apiGroup` as `aPIGroup`. */
function wordOf(name) {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
