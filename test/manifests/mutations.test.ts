import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "../../src/diagnostics/format.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { describeObject } from "../../src/objects/object-key.ts";
import { seeded } from "../support/seeded.ts";

/** A way to break one document for certain; undefined when it does not apply to it. */
type Mutation = (document: string, random: (below: number) => number) => string | undefined;

const replaceOne =
  (pattern: RegExp, by: string): Mutation =>
  (document, random) => {
    const matches = [...document.matchAll(pattern)];
    const match = matches[random(matches.length)];
    if (match === undefined) return undefined;
    const made = by.replace(/\$([0-9])/g, (_, group: string) => match[Number(group)] ?? "");
    return document.slice(0, match.index) + made + document.slice(match.index + match[0].length);
  };

const bomb = `\nb0: &b0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from(
  { length: 12 },
  (_, i) => `b${i + 1}: &b${i + 1} [${Array(10).fill(`*b${i}`).join(", ")}]\n`,
).join("")}`;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "a tab for the indentation": replaceOne(/^( +)(?=\w+: *$)/gm, "\t"),
  "a line indented below a value": replaceOne(/^( *)(\w+: \w+)$/gm, "$1$2\n$1  stray: 1"),
  "a line that is no pair": replaceOne(/^( *)(name: \S+)$/gm, "$1$2\n$1stray"),
  "an open double quote": replaceOne(/^( *(?:- )?\w+: )(\w+)$/gm, '$1"$2'),
  "an open single quote": replaceOne(/^( *(?:- )?\w+: )(\w+)$/gm, "$1'$2"),
  "an open bracket": replaceOne(/^( *(?:- )?\w+: )(\w+)$/gm, "$1[$2"),
  "an open brace": replaceOne(/^( *(?:- )?\w+: )(\w+)$/gm, "$1{$2"),
  "a bracket too many": replaceOne(/^( *(?:- )?\w+: )(\w+)$/gm, "$1$2]: ]"),
  "an unknown alias": replaceOne(/^( *(?:- )?\w+: )(\w+)$/gm, "$1*unknown"),
  "a duplicate key": replaceOne(/^( *)(\w+: \S+)$/gm, "$1$2\n$1$2"),
  "an alias bomb": (document) => `${document.trimEnd()}${bomb}`,
  "a merge of text": (document) => `${document.trimEnd()}\n<<: text\n`,
  "an infinite number": (document) => `${document.trimEnd()}\nextra: .inf\n`,
  "a key that is a list": (document) => `${document.trimEnd()}\n[a, b]: c\n`,
  "deep nesting": (document) => `${document.trimEnd()}\nextra: ${"[".repeat(5000)}\n`,
  "deep and closed nesting": (document) =>
    `${document.trimEnd()}\nextra: ${"{a: ".repeat(400)}${"}".repeat(400)}\n`,
  "a NUL": replaceOne(/^kind: /gm, "kind: \0"),
  binary: (_document, random) =>
    String.fromCharCode(...Array.from({ length: 300 }, () => random(32))).replace(
      /[\t\n\r]/g,
      "\0",
    ),
  "no kind": replaceOne(/^kind: .*\n/gm, ""),
  "no apiVersion": replaceOne(/^apiVersion: .*\n/gm, ""),
  "an empty kind": replaceOne(/^kind: .*$/gm, "kind:"),
  "a misspelt kind": replaceOne(
    /^kind: (Pod|Service|Deployment|StatefulSet|ConfigMap)$/gm,
    "kind: $1x",
  ),
  "an apiVersion with two slashes": replaceOne(/^apiVersion: (.*)$/gm, "apiVersion: a/b/c"),
  "metadata as a list": replaceOne(/^metadata:$/gm, "metadata: []\nother:"),
  "a name that is a mapping": replaceOne(/^( +)name: .*$/gm, "$1name: { a: b }"),
  "a name in upper case": replaceOne(/^ {2}name: (\S+)$/gm, "  name: $1_X"),
  "a label that ends with a comma": replaceOne(/^( +app: )(\S+)$/gm, "$1$2,"),
  "a label that is a number": replaceOne(/^( +app: )(\S+)$/gm, "$1123"),
  "a label of a megabyte": replaceOne(/^( +app: )(\S+)$/gm, `$1${"x".repeat(1_000_000)}`),
  "a label key with blanks": replaceOne(/^( +)app: (\S+)$/gm, "$1my app: $2"),
  "a port in quotes": replaceOne(/^( +(?:- )?(?:containerPort|port): )([0-9]+)$/gm, '$1"$2"'),
  "a port out of range": replaceOne(/^( +(?:- )?(?:containerPort|port): )([0-9]+)$/gm, "$199999"),
  "ports that are no list": replaceOne(/^( +)ports:$/gm, "$1ports: 80\n$1others:"),
  "replicas in words": replaceOne(/^( +)replicas: .*$/gm, "$1replicas: many"),
  "negative replicas": replaceOne(/^( +)replicas: .*$/gm, "$1replicas: -1"),
  "spec as text": replaceOne(/^spec:$/gm, "spec: text\nother:"),
  "a selector that is a list": replaceOne(/^( +)selector:$/gm, "$1selector: [a]\n$1other:"),
  "a template": replaceOne(/^ {2}name: .*$/gm, "  name: {{ .Values.name }}-x"),
  "a merge conflict": replaceOne(
    /^( +)(name: .*)$/gm,
    "<<<<<<< HEAD\n$1$2\n=======\n$1$2\n>>>>>>> x",
  ),
  HTML: () => "<!DOCTYPE html>\n<html><body>404: not found</body></html>\n",
  "only text": () => "404: page not found, sorry\n- a\n",
};

const keysIn = (text: string): string[] =>
  readManifest(text, "a.yaml").objects.map(({ object }) => describeObject(object));

/** Breaks one document of a text and checks what is said. @returns undefined when it does not apply. */
function breakOne(text: string, mutation: Mutation, seed: number): string | undefined {
  const random = seeded(seed);
  const documents = text.split(/^---\n/m).filter((document) => /^kind:/m.test(document));
  const start = random(documents.length);
  for (let i = 0; i < documents.length; i++) {
    const at = (start + i) % documents.length;
    const broken = mutation(documents[at]!, random);
    if (broken === undefined) continue;
    const mutated = documents.map((document, j) =>
      j === at ? (broken.endsWith("\n") ? broken : `${broken}\n`) : document,
    );
    const whole = mutated.join("---\n");
    const first = mutated.slice(0, at).join("---\n").split("\n").length;
    const last = first + mutated[at]!.split("\n").length;
    const { objects, diagnostics } = readManifest(whole, "a.yaml");

    const printed = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic)).join("\n");
    expect(diagnostics.length, mutated[at]).toBeGreaterThan(0);
    expect(printed.length).toBeLessThan(10_000);
    for (const { position, message } of diagnostics) {
      expect(position?.line, printed).toBeGreaterThanOrEqual(first);
      expect(position?.line, printed).toBeLessThanOrEqual(last);
      expect(message).not.toBe("");
    }
    const neighbours = documents.filter((_, j) => j !== at).flatMap(keysIn);
    const kept = new Set(objects.map(({ object }) => describeObject(object)));
    expect(neighbours.filter((key) => !kept.has(key))).toEqual([]);
    return diagnostics[0]!.rule;
  }
  return undefined;
}

const fixtures = new URL("../fixtures/manifests/", import.meta.url);
const real = new URL("../../../shared/manifests/", import.meta.url);

describe("a broken document among good ones is told with its place, and its neighbours stay", () => {
  const shop = readFileSync(new URL("shop.yaml", fixtures), "utf8");

  test("the file is fine before", () => {
    expect(readManifest(shop, "a.yaml").diagnostics).toEqual([]);
    expect(keysIn(shop)).toHaveLength(8);
  });

  test.each(Object.entries(MUTATIONS))("%s", (_, mutation) => {
    const rules = [1, 2, 3, 4].map((seed) => breakOne(shop, mutation, seed));
    expect(rules).not.toContain(undefined);
  });

  test("there are more than 100 of them", () => {
    expect(Object.keys(MUTATIONS).length * 4).toBeGreaterThanOrEqual(100);
  });
});

describe("the same with manifests of real projects", () => {
  const present = existsSync(real);
  const files = present
    ? readdirSync(real).filter((name) => name.endsWith(".yaml") && !name.startsWith("seed-"))
    : ["online-boutique.yaml", "sock-shop.yaml", "guestbook.yaml", "cassandra.yaml"];
  test.skipIf(!present).each(files)("%s (needs the shared manifests)", (name) => {
    const text = readFileSync(new URL(name, real), "utf8");
    const rules = Object.values(MUTATIONS).map((mutation, i) => breakOne(text, mutation, i));
    expect(rules.filter((rule) => rule !== undefined).length).toBeGreaterThan(25);
  });
});

describe("a dump of a cluster", () => {
  const dump = readFileSync(new URL("dump.yaml", fixtures), "utf8");
  const { objects, diagnostics } = readManifest(dump, "dump.yaml");

  test("is read without a word, status and owners included", () => {
    expect(diagnostics).toEqual([]);
    expect(objects.map(({ object }) => describeObject(object))).toEqual([
      "Pod shop/web-7c5ddbdf54-4xkzq",
      "Service shop/web",
      "Service default/kubernetes",
      "ReplicaSet shop/web-7c5ddbdf54",
      "EndpointSlice shop/web-mz4wq",
      "EndpointSlice shop/empty-p5n2c",
      "Node worker-1",
      "Namespace kube-system",
      "Event shop/web-7c5ddbdf54-4xkzq.17a2b3c4d5e6f708",
      "Job shop/once",
      "ClusterRole system:controller:endpoint-controller",
    ]);
    expect(objects[0]?.object).toMatchObject({
      metadata: {
        uid: "0c8f5c2a-6b64-4a55-9d57-0d1f1c1a0002",
        ownerReferences: [{ kind: "ReplicaSet" }],
      },
      status: { phase: "Running", podIP: "10.244.1.7" },
    });
    expect(objects[5]?.object).toMatchObject({ endpoints: [] });
  });

  test("knows where each item stands", () => {
    const pod = objects[0]!;
    const lines = dump.split("\n");
    const { line, column } = pod.locate(["status", "podIP"]);
    expect(lines[line - 1]!.slice(column - 1)).toBe("10.244.1.7");
  });
});
