// What Kubernetes' Go types say and its OpenAPI documents don't: pointers and enumerations.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Reads the types of one package. */
export function readGoTypes(folder) {
  const text = readdirSync(folder)
    .filter((file) => file.endsWith(".go") && !/(?:_test|generated.*|^zz_.*)\.go$/.test(file))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  const structs = new Map();
  for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm))
    structs.set(name, body);

  const enums = new Map();
  for (const [, name] of text.matchAll(/^\/\/ \+enum\n(?:\/\/.*\n)*type (\w+) string/gm))
    enums.set(name, []);
  for (const [, name, word] of text.matchAll(/^\s*\w+\s+(\w+)\s*=\s*"([^"]*)"/gm))
    enums.get(name)?.push(word);
  // `Name = Type("word")`, and further members of a block that name no type, are not used for enumerations there.
  for (const [, name, word] of text.matchAll(/^\s*\w+\s*=\s*(\w+)\("([^"]*)"\)/gm))
    enums.get(name)?.push(word);

  // Words that stand elsewhere make the list incomplete.
  for (const [, name] of text.matchAll(/^\s*\w+\s*=\s*(\w+)\((?!")/gm)) enums.delete(name);

  function membersOf(type, seen = new Map()) {
    for (const line of (structs.get(type) ?? "").split("\n")) {
      const inline = /^\s*(?:\w+\s+)?(\*?[\w.]+)\s+`json:",inline"/.exec(line);
      if (inline !== null) {
        membersOf(inline[1], seen);
        continue;
      }
      const [, written, name] = /^\s*\w+\s+(\S+)\s+`json:"(\w+)/.exec(line) ?? [];
      if (name !== undefined)
        seen.set(name, { pointer: written.startsWith("*"), type: written.replace(/^[*[\]]+/, "") });
    }
    return seen;
  }
  return {
    /** JSON name → Go's type of the field, those of embedded structs included. */
    membersOf: (type) => membersOf(type),
    /** The words of an enumeration; undefined for other types. */
    enumOf: (type) => {
      const words = enums.get(type);
      const real = new Set(words?.filter((word) => word !== ""));
      return real.size > 0 ? [...real] : undefined;
    },
  };
}
