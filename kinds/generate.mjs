// Turns the facts of this folder into the tables of src/objects/tables (git-ignored): resources, definitions, types.
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { typesOf } from "./generate-types.mjs";

const here = new URL(".", import.meta.url);
const target = new URL("../src/objects/tables/", import.meta.url);

const said = new URL("../src/objects/kinds/", import.meta.url);

const inputs = (await readdir(here)).filter((name) => !name.startsWith("extract"));
const modified = async (url) => (await stat(url).catch(() => undefined))?.mtimeMs ?? 0;
const newest = Math.max(
  ...(await Promise.all(inputs.map((name) => modified(new URL(name, here))))),
);

// A file in src/objects/kinds is all that a kind needs: the list of them is made here.
const files = (await readdir(said)).filter((name) => name.endsWith(".ts")).sort();
const imports = files.map((name, i) => `import * as file${i} from "../kinds/${name}";`);
await mkdir(target, { recursive: true });
await writeIfNew(
  "kind-files.ts",
  `import type { Kind } from "../kind.ts";
${imports.join("\n")}

/** What the files of src/objects/kinds export, kinds and whatever else. */
export const KIND_FILES: readonly Readonly<Record<string, Kind | unknown>>[] = [
${files.map((_, i) => `  file${i},`).join("\n")}
];
`,
);

if ((await modified(new URL("releases.ts", target))) < newest) {
  const facts = [];
  // Kubernetes' own first: where two groups have one word, such as an endpoint's, the first one wins.
  for (const file of ["kubernetes.txt", "multicluster.txt", "gateway-api.txt"]) {
    const text = await readFile(new URL(file, here), "utf8");
    facts.push(...text.split("\n").filter((line) => line !== "" && !line.startsWith("#")));
  }
  const resources = facts
    .filter((line) => line.startsWith("resource "))
    .map((line) => readResource(line, facts));
  const definitions = facts.filter((line) => !line.startsWith("resource ")).map(readDefinition);
  await write("resources.ts", resourcesText(resources));
  await write("definitions.ts", definitionsText(definitions));
  await write("kinds.ts", typesOf(resources, definitions));
  await write("releases.ts", releasesText(await readFile(new URL("releases.txt", here), "utf8")));
}

async function write(name, text) {
  await writeFile(
    new URL(name, target),
    `// Made by kinds/generate.mjs; change kinds/*.txt.\n${text}`,
  );
}

async function writeIfNew(name, text) {
  const before = await readFile(new URL(name, target), "utf8").catch(() => "");
  const after = `// Made by kinds/generate.mjs of the files in src/objects/kinds.\n${text}`;
  if (before !== after) await writeFile(new URL(name, target), after);
}

function readResource(line, facts) {
  const [, apiVersion, kind, definition, plural, singular, scope, ...rest] = line.split(" ");
  const option = (name) =>
    rest
      .find((word) => word.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .split(",") ?? [];
  const [version, group = ""] = apiVersion.split("/").reverse();
  return {
    apiVersion,
    group,
    version,
    kind,
    groupKind: group === "" ? kind : `${kind}.${group}`,
    definition,
    plural,
    singular,
    shortNames: option("short"),
    categories: option("categories"),
    namespaced: scope === "namespaced",
    custom: facts.some((other) => other.startsWith(`@${definition} `)),
    verbs: option("verbs"),
    subresources: rest
      .filter((word) => word.startsWith("/"))
      .map((word) => readSubresource(word, apiVersion, kind)),
  };
}

function readSubresource(word, apiVersion, kind) {
  const [what, verbs] = word.slice(1).split("=");
  const [name, ofVersion = apiVersion, ofKind = kind] = what.split(":");
  return { name, apiVersion: ofVersion, kind: ofKind, verbs: verbs.split(",") };
}

function readDefinition(line) {
  const space = line.indexOf(" ");
  const [, mark, name] = /^([%@]?)(.*)$/.exec(space < 0 ? line : line.slice(0, space));
  return { name, mark, fields: space < 0 ? "" : line.slice(space + 1) };
}

function resourcesText(resources) {
  const rows = resources.map((resource) => `  ${JSON.stringify(resource)},`).join("\n");
  return `import type { Resource } from "../api-resource.ts";\n\n/** Every resource of the API, Kubernetes' own first. */\nexport const RESOURCES: readonly Resource[] = [\n${rows}\n];\n`;
}

function releasesText(text) {
  const lines = text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(" "));
  const of = (word) => lines.filter(([first]) => first === word).map(([, ...rest]) => rest);
  const since = of("since").map(([release, ...what]) => [what.join(" "), release]);
  const heeded = of("heeds").map(([release, definition, field, gate]) => [
    `${definition} ${field}`,
    gate === undefined ? { since: release } : { gate },
  ]);
  return `/** The releases that the tables tell apart, oldest first; the last is the one that they are of. */
export const RELEASES = ${JSON.stringify(of("releases")[0])} as const;

/** The release from which on a server knows a kind (\`APIVERSION KIND\`) or a field (\`DEFINITION FIELD\`). */
export const SINCE: Readonly<Record<string, (typeof RELEASES)[number]>> = ${JSON.stringify(Object.fromEntries(since))};

/** Fields that servers know and leave out: until a release, or where a feature gate is not turned on. */
export const HEEDED: Readonly<
  Record<string, { readonly since?: (typeof RELEASES)[number]; readonly gate?: string }>
> = ${JSON.stringify(Object.fromEntries(heeded))};
`;
}

function definitionsText(definitions) {
  const lines = definitions.map(({ name, mark, fields }) => `${name} ${mark} ${fields}`);
  return `/** A definition a line: its name, a mark, and the fields in the notation that kinds/facts.mjs explains. */
export const DEFINITIONS: string = ${JSON.stringify(lines.join("\n"))};\n`;
}
