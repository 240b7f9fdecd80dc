// Writes the *.txt files of this folder: the facts of a Kubernetes release's API (and of Gateway API's and the
// Multi-Cluster Services API's) that kubelane's tables are made of. Only a new release needs it, with Go at hand:
//
//   node kinds/extract.mjs v1.36.3 v1.6.3 v0.5.2     (Kubernetes, Gateway API, Multi-Cluster Services)
//
// Four descriptions of the API know a part each:
// - the OpenAPI documents: fields, which are required, defaults, what the items of a list are told apart by
// - discovery: resources, their names, verbs and subresources
// - the Go types: which fields are pointers (so that "" is a value and not the absence of one), and enumerations
// - generated.proto: the numbers of fields in protobuf
// The other two are described by their CustomResourceDefinitions alone.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { factsOfCrds } from "./extract-crds.mjs";
import { readGoTypes } from "./extract-go-types.mjs";
import { readProto } from "./extract-proto.mjs";
import { definitionLine, resourceLine } from "./facts.mjs";

const [kubernetesVersion, gatewayVersion, multiclusterVersion] = process.argv.slice(2);
const staging = kubernetesVersion.replace(/^v1/, "v0");

function moduleFolder(path, version) {
  const options = { cwd: mkdtempSync(join(tmpdir(), "kinds-")), encoding: "utf8" };
  return JSON.parse(execFileSync("go", ["mod", "download", "-json", `${path}@${version}`], options))
    .Dir;
}

/** Where a definition's Go package is: by the beginning of its OpenAPI name. */
const PACKAGES = [
  ["io.k8s.apimachinery.", "k8s.io/apimachinery"],
  ["io.k8s.kube-aggregator.", "k8s.io/kube-aggregator"],
  ["io.k8s.apiextensions-apiserver.", "k8s.io/apiextensions-apiserver"],
  ["io.k8s.api.", "k8s.io/api"],
];
const folders = new Map(PACKAGES.map(([, path]) => [path, moduleFolder(path, staging)]));

function packageOf(definition) {
  const [start, module] = PACKAGES.find(([prefix]) => definition.startsWith(prefix));
  const steps = definition.slice(start.length).split(".");
  return { folder: join(folders.get(module), ...steps.slice(0, -1)), name: steps.at(-1) };
}

/** `io.k8s.api.core.v1.Pod` is `core/v1.Pod` here. */
function shortName(definition) {
  const steps = definition.split(".");
  return `${steps.at(-3)}/${steps.at(-2)}.${steps.at(-1)}`;
}

const kubernetes = moduleFolder("k8s.io/kubernetes", kubernetesVersion);
const groupOrder = JSON.parse(
  readFileSync(join(kubernetes, "api/discovery/aggregated_v2.json"), "utf8"),
).items.map(({ metadata }) => metadata.name);

// A server serves stable versions alone unless it is told otherwise.
const STABLE = /^v\d+$/;

const schemas = new Map();
const folder = join(kubernetes, "api/openapi-spec/v3");
for (const file of readdirSync(folder)) {
  const version = /^apis?__(?:.*__)?(v[^_]*)_openapi\.json$/.exec(file)?.[1];
  if (version === undefined || !STABLE.test(version)) continue;
  const { components } = JSON.parse(readFileSync(join(folder, file), "utf8"));
  for (const [name, schema] of Object.entries(components.schemas)) schemas.set(name, schema);
}

/** Types that have a letter of their own in the notation. */
const SCALARS = new Map([
  ["io.k8s.apimachinery.pkg.api.resource.Quantity", "q"],
  ["io.k8s.apimachinery.pkg.util.intstr.IntOrString", "x"],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.Time", "t"],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "T"],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.Duration", "D"],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", "j"],
  ["io.k8s.apimachinery.pkg.runtime.RawExtension", "j"],
  ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON", "j"],
  ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool", "j"],
  ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray", "j"],
  ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray", "j"],
]);

const wanted = new Set();
function refOf(schema) {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  return ref?.slice("#/components/schemas/".length);
}

function typeOf(schema, enumeration) {
  const ref = refOf(schema);
  if (ref !== undefined) {
    if (SCALARS.has(ref)) return SCALARS.get(ref);
    const target = schemas.get(ref);
    // A named list, map or word (ResourceList, Verbs): what it is, without the name.
    if (target.properties === undefined && target.type !== undefined && target.type !== "object")
      return typeOf(target);
    wanted.add(ref);
    return shortName(ref);
  }
  if (enumeration !== undefined && schema.type === "string") return `(${enumeration.join("|")})`;
  switch (schema.type) {
    case "string":
      return schema.format === "byte" ? "y" : schema.format === "date-time" ? "t" : "s";
    case "boolean":
      return "b";
    case "integer":
      return schema.format === "int64" ? "l" : "i";
    case "number":
      return "d";
    case "array": {
      const kind = schema["x-kubernetes-list-type"];
      const keys = schema["x-kubernetes-list-map-keys"];
      const suffix = kind === "map" ? `m(${keys.join(",")})` : kind === "set" ? "s" : "";
      return `[${typeOf(schema.items, enumeration)}]${suffix}`;
    }
    case "object":
      return schema.additionalProperties === undefined
        ? "j"
        : `{${typeOf(schema.additionalProperties, enumeration)}}`;
    default:
      return "j";
  }
}

const goTypes = new Map();
const goTypesOf = (path) => goTypes.get(path) ?? goTypes.set(path, readGoTypes(path)).get(path);
const protos = new Map();
const protoOf = (path) =>
  protos.get(path) ?? protos.set(path, readProto(join(path, "generated.proto"))).get(path);

/** The words of a Go type, which may be one of the core group's: `v1.Protocol`. */
function enumOf(type, folder) {
  const [word, from] = type.split(".").reverse();
  const core = join(folders.get("k8s.io/api"), "core/v1");
  return goTypesOf(from === "v1" || from === "corev1" ? core : folder).enumOf(word);
}

function describe(name, schema) {
  const { folder, name: type } = packageOf(name);
  const numbers = protoOf(folder).numbersOf(type, Object.keys(schema.properties ?? {}));
  const members = goTypesOf(folder).membersOf(type);
  const fields = Object.entries(schema.properties ?? {}).map(([field, property]) => {
    const member = members.get(field);
    const fallback = property.default;
    return {
      name: field,
      number: numbers.get(field),
      type: typeOf(property, member && enumOf(member.type, folder)),
      pointer: member?.pointer ?? false,
      required: schema.required?.includes(field) ?? false,
      // Zero values are what Go has without being told.
      default:
        [undefined, "", 0].includes(fallback) ||
        (typeof fallback === "object" && Object.keys(fallback ?? {}).length === 0)
          ? undefined
          : fallback,
      // A struct that is no pointer is always there.
      present: typeof fallback === "object",
      merge: property["x-kubernetes-patch-strategy"]?.includes("merge")
        ? (property["x-kubernetes-patch-merge-key"] ?? "")
        : undefined,
      retainKeys: property["x-kubernetes-patch-strategy"]?.includes("retainKeys"),
    };
  });
  return { name: shortName(name), atomic: schema["x-kubernetes-map-type"] === "atomic", fields };
}

const resources = [];
const served = [];
for (const file of readdirSync(join(kubernetes, "api/discovery"))) {
  const [, group, version] = /^(?:api|apis__(.+))__(v\d+)\.json$/.exec(file) ?? [];
  if (version === undefined) continue;
  const { resources: list } = JSON.parse(
    readFileSync(join(kubernetes, "api/discovery", file), "utf8"),
  );
  served.push({ group: group ?? "", version, list, rank: groupOrder.indexOf(group) });
}
served.sort((a, b) => a.rank - b.rank || (a.version < b.version ? 1 : -1));
for (const { group, version, list } of served) {
  for (const resource of list.filter(({ name }) => !name.includes("/"))) {
    const subresources = list
      .filter(({ name }) => name.startsWith(`${resource.name}/`))
      .map((sub) => ({
        name: sub.name.slice(resource.name.length + 1),
        verbs: sub.verbs,
        kind: sub.kind,
        // A subresource's body may be of another group: autoscaling/v1 Scale.
        apiVersion: [sub.group ?? group, sub.version ?? version]
          .filter((step) => step !== "")
          .join("/"),
      }));
    const apiVersion = group === "" ? version : `${group}/${version}`;
    const gvk = [...schemas].find(([, schema]) =>
      schema["x-kubernetes-group-version-kind"]?.some(
        (one) => one.group === group && one.version === version && one.kind === resource.kind,
      ),
    );
    if (gvk === undefined) throw new Error(`no definition of ${apiVersion} ${resource.kind}`);
    wanted.add(gvk[0]);
    resources.push({
      apiVersion,
      kind: resource.kind,
      definition: shortName(gvk[0]),
      plural: resource.name,
      singular: resource.singularName,
      namespaced: resource.namespaced,
      shortNames: resource.shortNames ?? [],
      categories: resource.categories ?? [],
      verbs: resource.verbs,
      subresources,
    });
  }
}
// Bodies and answers that are no resources of their own.
for (const name of [
  "io.k8s.api.autoscaling.v1.Scale",
  "io.k8s.api.policy.v1.Eviction",
  "io.k8s.api.authentication.v1.TokenRequest",
  "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
  "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta",
]) {
  wanted.add(name);
}

const definitions = [];
for (const name of wanted) definitions.push(describe(name, schemas.get(name)));
definitions.sort((a, b) => (a.name < b.name ? -1 : 1));

function write(file, from, lists) {
  const lines = [
    `# Facts of ${from}, written by kinds/extract.mjs; the notation is in kinds/facts.mjs.`,
  ];
  lines.push(
    "",
    ...lists.resources.map(resourceLine),
    "",
    ...lists.definitions.map(definitionLine),
  );
  writeFileSync(new URL(file, import.meta.url), `${lines.join("\n")}\n`);
}
write("kubernetes.txt", `Kubernetes ${kubernetesVersion}`, { resources, definitions });
for (const [file, module, version, crds] of [
  ["gateway-api.txt", "sigs.k8s.io/gateway-api", gatewayVersion, "config/crd/experimental"],
  ["multicluster.txt", "sigs.k8s.io/mcs-api", multiclusterVersion, "config/crd"],
]) {
  write(file, `${module} ${version}`, factsOfCrds(join(moduleFolder(module, version), crds)));
}
