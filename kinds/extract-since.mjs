// Writes what older releases of Kubernetes lack of kubernetes.txt into releases.txt, above what is written there by
// hand. Only a new release needs it, with Go at hand:
//
//   node kinds/extract-since.mjs v1.34.4 v1.35.4     (the older releases, oldest first)
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const releases = process.argv.slice(2).map((version) => ({
  name: version.replace(/^v|\.\d+$/g, ""),
  ...readRelease(version),
}));
const here = (file) => new URL(file, import.meta.url);
const facts = readFileSync(here("kubernetes.txt"), "utf8").split("\n");
const newest = /Kubernetes v(\d+\.\d+)/.exec(facts[0])[1];

/** The first release from which on every one has it. */
function sinceOf(has) {
  const last = releases.findLastIndex((release) => !has(release));
  return last < 0 ? undefined : (releases[last + 1]?.name ?? newest);
}

const lines = [];
for (const fact of facts) {
  const [first, ...rest] = fact.split(" ");
  if (first === "" || first.startsWith("#")) continue;
  if (first === "resource") {
    const resource = rest.slice(0, 2).join(" ");
    const since = sinceOf(({ resources }) => resources.has(resource));
    if (since !== undefined) lines.push(`since ${since} ${resource}`);
    continue;
  }
  const definition = first.replace(/^[%@]/, "");
  // Of a new definition the field that leads to it is told.
  const isNew = sinceOf(({ fields }) => fields.has(definition)) !== undefined;
  for (const word of isNew ? [] : rest.filter((word) => word !== "")) {
    const name = /^[^#:]+/.exec(word)[0];
    const since = sinceOf(({ fields }) => fields.get(definition)?.has(name) ?? true);
    if (since !== undefined) lines.push(`since ${since} ${definition} ${name}`);
  }
}
const file = readFileSync(here("releases.txt"), "utf8");
const kept = file.split("\n").filter((line) => !line.startsWith("since "));
writeFileSync(here("releases.txt"), `${kept.join("\n").trimEnd()}\n${lines.join("\n")}\n`);

function readRelease(version) {
  const options = { cwd: mkdtempSync(join(tmpdir(), "kinds-")), encoding: "utf8" };
  const module = ["mod", "download", "-json", `k8s.io/kubernetes@${version}`];
  const folder = join(JSON.parse(execFileSync("go", module, options)).Dir, "api");
  const fields = new Map();
  const specs = join(folder, "openapi-spec/v3");
  for (const file of readdirSync(specs)) {
    if (!/^apis?__(?:.*__)?v\d+_openapi\.json$/.test(file)) continue;
    const { components } = JSON.parse(readFileSync(join(specs, file), "utf8"));
    for (const [name, { properties = {} }] of Object.entries(components.schemas)) {
      const [group, version, type] = name.split(".").slice(-3);
      fields.set(`${group}/${version}.${type}`, new Set(Object.keys(properties)));
    }
  }
  const resources = new Set();
  for (const file of readdirSync(join(folder, "discovery"))) {
    const [, group, version] = /^(?:api|apis__(.+))__(v\d+)\.json$/.exec(file) ?? [];
    if (version === undefined) continue;
    const list = JSON.parse(readFileSync(join(folder, "discovery", file), "utf8")).resources;
    const apiVersion = group === undefined ? version : `${group}/${version}`;
    for (const { kind, name } of list) {
      if (!name.includes("/")) resources.add(`${apiVersion} ${kind}`);
    }
  }
  return { fields, resources };
}
