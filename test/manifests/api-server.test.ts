import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Diagnostic, FieldPath } from "../../src/diagnostics/diagnostic.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { immutableFindings } from "../../src/objects/immutable.ts";
import { RELEASES, type Release } from "../../src/objects/release.ts";

const read = (name: string): string =>
  gunzipSync(readFileSync(new URL(`../fixtures/api-server/${name}`, import.meta.url))).toString();
const lines = <T>(name: string): T[] =>
  read(name)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

interface Creation {
  readonly id: string;
  readonly object: unknown;
  readonly accepted: boolean;
  readonly fields?: readonly string[];
}

interface ReleaseCase {
  readonly id: string;
  readonly object: unknown;
  /** The releases whose servers take the object. */
  readonly accepted: readonly Release[];
}

/** Differences between releases that are not told. */
const UNTOLD: ReadonlySet<string> = new Set([
  // Servers take Gt with an empty value, and no node meets it.
  "affinity gt empty",
  // 1.35 knew a field that neither other has, and left it out.
  "workloadRef",
]);

const errorsOf = (object: unknown): Diagnostic[] =>
  readManifest(JSON.stringify(object), "a.json").diagnostics.filter(
    ({ severity }) => severity === "error",
  );

const creations = lines<Creation>("validation.jsonl.gz").map((one) => ({
  ...one,
  errors: errorsOf(one.object),
}));

test("an object has an error exactly where an API server refuses it", () => {
  const wrong = creations.filter(({ accepted, errors }) => accepted !== (errors.length === 0));
  expect(wrong.map(({ id, accepted }) => `${id}: ${accepted ? "accepted" : "refused"}`)).toEqual(
    [],
  );
  expect(creations).toHaveLength(5898);
});

test.each(RELEASES)(
  "the answers are those of a server of Kubernetes %s where these differ",
  (release) => {
    const cases = lines<ReleaseCase>("releases.jsonl.gz").filter(({ id }) => !UNTOLD.has(id));
    const wrong = cases.filter(({ object, accepted }) => {
      const { diagnostics } = readManifest(JSON.stringify(object), "a.json", { release });
      const refused = diagnostics.some(({ severity }) => severity === "error");
      return accepted.includes(release) === refused;
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
    expect(cases.length).toBeGreaterThan(100);
  },
);

/** Steps joined by dots, whether they stand in brackets or not. */
const dotted = (path: string | FieldPath): string =>
  typeof path === "string" ? path.replace(/\["?([^\]"]+)"?\]/g, ".$1") : path.join(".");

/**
 * Places that a server names and no object has. Ours are where the fault is:
 * labels and annotations of a template without `metadata`, items of a downward API without their list and
 * index, a claim's size without `requests`, a spread constraint by the names of its two fields.
 */
const NO_PLACE = [
  /template\.(?:labels|annotations)$/,
  /downwardAPI\.(?:path|fieldRef|mode|resourceFieldRef)/,
  /resources\.storage$/,
  // A Node's taints, which are in its spec.
  /^metadata\.taints/,
  /\{topologyKey, whenUnsatisfiable\}$/,
  // A Service that has one ClusterIP names it in clusterIP.
  /^spec\.clusterIPs\.0$/,
];

test("the first place that a server names is one of ours, or around one of ours", () => {
  const named = creations.filter(
    ({ fields = [], errors }) => fields.length > 0 && errors.length > 0,
  );
  const places = named.filter(
    ({ fields }) => !NO_PLACE.some((one) => one.test(dotted(fields![0]!))),
  );
  const other = places.filter(({ fields, errors }) => {
    const wanted = dotted(fields![0]!);
    const ours = errors.map(({ path = [] }) => dotted(path));
    return !ours.some((path) => path === wanted || path.startsWith(`${wanted}.`));
  });
  expect(places.length).toBeGreaterThan(1600);
  expect(1 - other.length / places.length).toBeGreaterThan(0.99);
});

interface Change {
  readonly base: string;
  readonly path: FieldPath;
  readonly to?: unknown;
  readonly accepted: boolean;
}

const bases = JSON.parse(read("bases.json.gz")) as Readonly<Record<string, object>>;

/** A copy with one place set, or taken out for undefined. */
function changed(base: object, path: FieldPath, to: unknown): object {
  const copy = structuredClone(base);
  // biome-ignore lint/suspicious/noExplicitAny: any JSON.
  const holder = path.slice(0, -1).reduce<any>((value, step) => value[step], copy);
  const last = path.at(-1)!;
  if (to !== undefined) holder[last] = to;
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return copy;
}

const admitted = (object: object) => {
  const { objects } = readManifest(JSON.stringify(object), "a.json");
  return objects[0]?.object;
};

/**
 * The server's answer is about the live object, in whose template the Job controller's labels stand: without
 * metadata these go too. A file that leaves metadata out leaves them alone.
 */
const LIVE_ONLY = "Job/suspended spec.template.metadata";

test("a change is a finding exactly where an API server refuses it", () => {
  const changes = lines<Change>("immutability.jsonl.gz");
  const wrong = changes.filter(({ base, path, to, accepted }) => {
    const before = admitted(bases[base]!);
    const after = admitted(changed(bases[base]!, path, to));
    const refused = after === undefined || immutableFindings(before!, after).length > 0;
    return refused === accepted;
  });
  expect(wrong.map(({ base, path }) => `${base} ${path.join(".")}`)).toEqual([LIVE_ONLY]);
  expect(changes).toHaveLength(2125);
});
