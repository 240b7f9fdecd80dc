import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { formatDiagnostic } from "../../src/diagnostics/format.ts";
import { printYaml } from "../../src/manifests/print-yaml.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";

const configMap = (name: string, data = 'a: "1"'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  ${data}\n`;

const names = (text: string): string[] =>
  readManifest(text, "a.yaml").objects.map(({ object }) => object.metadata.name);

const told = (text: string): string[] =>
  readManifest(text, "a.yaml").diagnostics.map(
    ({ rule, position }) => `${rule} ${position?.line}:${position?.column}`,
  );

/** The value of `data` in a ConfigMap-like object of a kind nobody validates. */
const dataOf = (text: string): unknown =>
  (
    readManifest(`apiVersion: a.b/v1\nkind: Any\nmetadata: {name: a}\n${text}`, "a.yaml").objects[0]
      ?.object as { data?: unknown } | undefined
  )?.data;

describe("documents", () => {
  test.each([
    ["one", configMap("a"), ["a"]],
    ["several", `${configMap("a")}---\n${configMap("b")}`, ["a", "b"]],
    ["a leading separator and a comment after it", `--- # first\n${configMap("a")}`, ["a"]],
    ["empty ones between", `---\n---\n# nothing\n---\n${configMap("a")}---\n\n`, ["a"]],
    ["an end marker", `${configMap("a")}...\n---\n${configMap("b")}`, ["a", "b"]],
    ["Windows line ends", configMap("a").replaceAll("\n", "\r\n"), ["a"]],
    ["a byte order mark", `\ufeff${configMap("a")}`, ["a"]],
    ["carriage returns alone", configMap("a").replaceAll("\n", "\r"), ["a"]],
    [
      "a byte order mark after a separator",
      `${configMap("a")}---\n\ufeff${configMap("b")}`,
      ["a", "b"],
    ],
    ["JSON", '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}', ["a"]],
    [
      "a stream of JSON",
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}\n{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}',
      ["a", "b"],
    ],
    [
      "JSON indented with tabs",
      '{\n\t"apiVersion":"v1",\n\t"kind":"ConfigMap",\n\t"metadata":{"name":"a"}}',
      ["a"],
    ],
    [
      "JSON and YAML",
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}\n---\n${configMap("b")}`,
      ["a", "b"],
    ],
    ["nothing", "", []],
    ["comments alone", "# a\n# b\n", []],
    ["three dashes inside a text", configMap("a", "b: |\n    ---\n    c"), ["a"]],
  ])("%s", (_, text, expected) => {
    expect(names(text)).toEqual(expected);
    expect(told(text)).toEqual([]);
  });

  test.each([
    ["bad indentation", `kind: Pod\n metadata:\n`],
    ["an open quote", `kind: "Pod\nmetadata: x\n`],
    ["an open bracket", `kind: [Pod\nmetadata: x\n`],
    ["an open JSON object", `{"kind": "Pod", \n`],
    ["a tab", `kind:\n\tPod\n`],
    ["a control character", `kind: \u0007\n`],
    ["a template", "kind: {{ .Values.kind }}\nmetadata: {{- x }}\n"],
  ])("%s between two good documents is told, and both are read", (_, broken) => {
    const text = `${configMap("a")}---\n${broken}---\n${configMap("b")}`;
    const { objects, diagnostics, unidentified } = readManifest(text, "a.yaml");
    expect(objects.map(({ object }) => object.metadata.name)).toEqual(["a", "b"]);
    expect(unidentified).toBe(1);
    expect(diagnostics[0]).toMatchObject({ severity: "error" });
    for (const { position } of diagnostics) {
      expect(position?.line).toBeGreaterThanOrEqual(7);
      expect(position?.line).toBeLessThanOrEqual(10);
    }
  });

  test.each([
    ["a directive", `%YAML 1.1\n---\n${configMap("a")}`, ["a"], ["yaml-syntax 1:1"]],
    [
      "content on a separator's line",
      `--- {a: b}\n---\n${configMap("a")}`,
      ["a"],
      ["yaml-separator 1:1"],
    ],
    [
      "a certificate at the begin of a line",
      `${configMap("a")}-----BEGIN\n`,
      ["a"],
      ["yaml-separator 7:1"],
    ],
    [
      "what follows the end of a document",
      `${configMap("a")}...\n${configMap("b")}`,
      ["a"],
      ["document-rest 8:1"],
    ],
    ["a second document without separator", `{a: b}\n${configMap("b")}`, [], ["document-rest 2:1"]],
    [
      "a separator that only a carriage return is before",
      `${configMap("a").replaceAll("\n", "\r")}---\rb: c`,
      ["a"],
      ["document-rest 7:1"],
    ],
    ["a tab that indents", "kind: Pod\nmetadata:\n\tname: a\n", [], ["yaml-syntax 3:1"]],
    [
      "a line separator of Unicode in a value",
      "kind: Pod\nmetadata:\n  name: a\u2028b\n",
      [],
      ["yaml-syntax 3:11"],
    ],
  ])("%s: what kubectl refuses or drops is told", (_, text, objects, expected) => {
    expect(names(text)).toEqual(objects);
    expect(told(text).filter((finding) => /^(?:yaml|document)-/.test(finding))).toEqual(expected);
  });

  test("a Helm template is recognised", () => {
    const { diagnostics } = readManifest("kind: {{ .Values.kind }}\nmetadata: x\n", "a.yaml");
    expect(diagnostics[0]?.hint).toContain("helm template");
  });
});

test("a merge conflict is recognised", () => {
  const text = "a: b\n<<<<<<< HEAD\nb: c\n=======\nb: d\n>>>>>>> x\n";
  expect(readManifest(text, "a.yaml").diagnostics[0]?.hint).toContain("merge conflict");
});

describe("lists", () => {
  const item = (name: string): string =>
    `{kind: ConfigMap, apiVersion: v1, metadata: {name: ${name}}}`;
  test.each([
    [
      "items are read each for itself",
      `apiVersion: v1\nkind: List\nitems: [${item("a")}, ${item("b")}]`,
      ["a", "b"],
    ],
    [
      "a typed list names its items' kind",
      "apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: a}}]",
      ["a"],
    ],
    [
      "lists in lists",
      `apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: [${item("a")}]}]`,
      ["a"],
    ],
    ["an empty list", "apiVersion: v1\nkind: List\nitems: []", []],
  ])("%s", (_, text, expected) => {
    expect([names(text), told(text)]).toEqual([expected, []]);
  });

  test("a broken item is told with its place and the others are read", () => {
    const text = `apiVersion: v1\nkind: List\nitems:\n- ${item("a")}\n- ${item("B_")}\n- ${item("c")}\n`;
    expect(names(text)).toEqual(["a", "c"]);
    expect(told(text)).toEqual(["name-format 5:54"]);
    const { diagnostics, refused } = readManifest(text, "a.yaml");
    expect(diagnostics[0]?.path).toEqual(["metadata", "name"]);
    expect(refused).toEqual([{ kind: "ConfigMap", namespace: "default", name: "B_" }]);
  });
});

describe("values", () => {
  test.each([
    ["data: {a: [1, {b: c}], d: }", { a: [1, { b: "c" }], d: null }],
    ["data: {yes: 1, 010: 2, 1.5: 3}", { true: 1, "8": 2, "1.5": 3 }],
    ["data: [a: 1, b]", [{ a: 1 }, "b"]],
    ["data: |\n  a\n  b\n", "a\nb\n"],
    ["data: >-\n  a\n  b\n", "a b"],
    ["data: ! 12", "12"],
    ["data: !!set {a, b}", { a: null, b: null }],
    ["base: &b {a: 1, b: 2}\ndata: {<<: *b, b: 3}", { a: 1, b: 3 }],
    ["base: &b {a: 1}\ndata: {a: 2, <<: *b}", { a: 1 }],
    ["base: &b {a: 1, b: 2}\ndata: {<<: [{a: 5}, *b]}", { a: 5, b: 2 }],
    ["base: &b [1]\ndata: {a: *b, b: *b}", { a: [1], b: [1] }],
    ['data: {"<<": 1}', { "<<": 1 }],
  ])("%s", (text, value) => {
    expect(dataOf(text)).toEqual(value);
  });

  test("a key named __proto__ is a key like any other", () => {
    const data = dataOf('data: {__proto__: {polluted: "yes"}, constructor: a}') as object;
    expect(Object.keys(data)).toEqual(["__proto__", "constructor"]);
    expect("polluted" in data).toBe(false);
    const merged = dataOf("base: &b {__proto__: a}\ndata: {<<: *b}") as object;
    expect(Object.getOwnPropertyNames(merged)).toEqual(["__proto__"]);
  });

  test("nulls are left out, and what the API does not have", () => {
    const { objects } = readManifest(
      "apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: {b: }, creationTimestamp: null}\n" +
        "spec: {ports: [{port: 80, name: null}], selector: null, clusterIP: null}\nother: null\n",
      "a.yaml",
    );
    const { metadata, spec, ...rest } = objects[0]!.object;
    expect(metadata).toEqual({ name: "a", labels: { b: "" }, namespace: "default" });
    expect(spec).not.toHaveProperty("selector");
    expect(spec).not.toHaveProperty("clusterIP");
    expect(spec).not.toHaveProperty("ports[0].name");
    expect(rest).not.toHaveProperty("other");
  });
});

describe("namespaces", () => {
  test.each([
    ["a namespaced object goes to default", "v1", "ConfigMap", "name: a", "default"],
    ["or where it says", "v1", "ConfigMap", "name: a, namespace: shop", "shop"],
    ["an unknown kind is namespaced", "a.b/v1", "Thing", "name: a", "default"],
    ["a Node has none", "v1", "Node", "name: a", undefined],
    ["a Node has none even if it says so", "v1", "Node", "name: a, namespace: shop", undefined],
  ])("%s", (_, apiVersion, kind, metadata, namespace) => {
    const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {${metadata}}\n`;
    expect(readManifest(text, "a").objects[0]?.object.metadata.namespace).toBe(namespace);
  });
});

describe("positions", () => {
  const text = `apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: &s { app: web }
  ports:
  - port: 80
    "name": http
  again: *s
`;
  const { objects } = readManifest(text, "k8s/web.yaml");
  test.each([
    [[], "value", "1:1"],
    [["kind"], "value", "2:7"],
    [["kind"], "key", "2:1"],
    [["metadata", "name"], "value", "3:19"],
    [["spec", "ports", 0, "port"], "value", "7:11"],
    [["spec", "ports", 0, "name"], "key", "8:5"],
    [["spec", "ports", 0], "value", "7:5"],
    [["spec", "ports", 1, "name"], "value", "6:3"],
    [["spec", "ports", 0, "targetPort"], "value", "7:5"],
    [["spec", "selector", "app"], "value", "5:23"],
    [["spec", "again", "app"], "value", "9:3"],
    [["metadata", "labels", "a"], "value", "3:1"],
    [["nothing", "here"], "value", "1:1"],
  ] as const)("%j as %s is at %s", (path, at, expected) => {
    const { file, line, column } = objects[0]!.locate(path, at);
    expect(`${file} ${line}:${column}`).toBe(`k8s/web.yaml ${expected}`);
  });

  test("in JSON, the last of two equal keys counts", () => {
    const json =
      '{\n"apiVersion": "v1", "kind": "ConfigMap",\n"metadata": {"name": "a"},\n"metadata": {"name": "b", "labels": {"x": "y"}}}';
    const loaded = readManifest(json, "a.json").objects[0]!;
    expect(loaded.locate(["metadata", "name"])).toEqual({ file: "a.json", line: 4, column: 22 });
    expect(loaded.locate(["metadata", "labels", "x"], "key")).toMatchObject({
      line: 4,
      column: 38,
    });
    expect(loaded.locate(["metadata", "labels", "z"])).toMatchObject({ line: 4, column: 27 });
  });
});

describe("hostile input", () => {
  const started = (text: string): string =>
    `apiVersion: a.b/v1\nkind: Any\nmetadata: {name: a}\n${text}`;
  test.each([
    ["brackets", started(`data: ${"[".repeat(100_000)}`)],
    ["braces", started(`data: ${"{a: ".repeat(50_000)}`)],
    ["closed brackets", started(`data: ${"[".repeat(3000)}${"]".repeat(3000)}`)],
    ["dashes", started(`data:\n${"- ".repeat(50_000)}`)],
    [
      "indentation",
      started(Array.from({ length: 1500 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")),
    ],
    ["JSON brackets", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["JSON braces", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["question marks", started("? ".repeat(10_000))],
    ["an endless quote", started(`data: "${"a\n".repeat(100_000)}`)],
    ["an alias of itself", started("data: &a [*a]")],
    [
      "an alias bomb",
      started(
        `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join("\n")}`,
      ),
    ],
    [
      "a bomb of merges",
      started(
        `a0: &a0 {k: [1,1,1,1,1,1,1,1]}\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: *a${i}, k${i}: *a${i}}`).join("\n")}`,
      ),
    ],
    ["binary", String.fromCharCode(...Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256))],
  ])("%s: refused with a position, and the neighbours are read", (_, text) => {
    const whole = `${configMap("a")}---\n${text}\n---\n${configMap("b")}`;
    const { objects, diagnostics } = readManifest(whole, "a.yaml");
    expect(objects.map(({ object }) => object.metadata.name)).toEqual(["a", "b"]);
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const diagnostic of diagnostics) {
      expect(diagnostic.position?.line).toBeGreaterThan(6);
      expect(formatDiagnostic(diagnostic).length).toBeLessThan(2000);
    }
  });

  test("many keys, many documents and long lines take linear time and are read", () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `  k${i}: "v"`).join("\n");
    expect(names(`${configMap("a", 'x: "y"')}${keys}\n`)).toEqual(["a"]);
    const many = Array.from({ length: 3000 }, (_, i) => configMap(`c${i}`)).join("---\n");
    expect(names(many)).toHaveLength(3000);
    expect(names(configMap("a", `b: "${"x".repeat(1_000_000)}"`))).toEqual(["a"]);
  });
});

describe("properties", () => {
  const key = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      "__proto__",
      "constructor",
      "yes",
      "010",
      "~",
      "<<",
      "22:22",
      "a.b/c",
      "- a",
      "0o7",
    ),
  );
  const { json } = fc.letrec<{ json: unknown; leaf: unknown }>((tie) => ({
    leaf: fc.oneof(
      fc.string(),
      fc.constantFrom(
        "yes",
        "no",
        "~",
        "",
        "0o17",
        "09",
        "1_0",
        "0x1F",
        "22:22",
        "2001-01-01",
        ".inf",
        "- a",
        "a: b",
        "#",
        "=",
        "\t",
        "é\u2028",
        "<<",
      ),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    json: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      tie("leaf"),
      fc.array(tie("json"), { maxLength: 4 }),
      fc.dictionary(key, tie("json"), { maxKeys: 4 }),
    ),
  }));
  const object = fc.record({ data: json }).map(({ data }) => ({
    apiVersion: "a.b/v1",
    kind: "Any",
    metadata: { name: "a", namespace: "b" },
    data,
  }));
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  const read = (text: string): unknown => {
    const { objects, diagnostics } = readManifest(text, "a");
    expect(diagnostics).toEqual([]);
    return plain(objects[0]?.object);
  };
  // NUL and its like are no part of YAML or of any manifest.
  const noControls = (value: unknown): boolean =>
    !/\\u00[01]|[\x7f-\x9f\ufeff\ufffe\uffff]|\\ud[89a-f]/i.test(JSON.stringify(value));

  test("any object printed as JSON is read back as it is", () => {
    fc.assert(
      fc.property(object, fc.constantFrom(0, 1, 2, "\t"), (value, space) => {
        expect(read(JSON.stringify(value, null, space))).toEqual(plain(value));
      }),
    );
  });

  test("any object printed as YAML is read back as it is", () => {
    fc.assert(
      fc.property(object.filter(noControls), (value) => {
        expect(read(printYaml(plain(value)))).toEqual(plain(value));
      }),
    );
  });

  test("the position of every field is where its text stands", () => {
    fc.assert(
      fc.property(object.filter(noControls), fc.boolean(), (value, asJson) => {
        // JSON knows no -0, YAML does.
        const text = asJson
          ? JSON.stringify(value, null, 2)
          : stringify(plain(value), {
              defaultStringType: "QUOTE_DOUBLE",
              defaultKeyType: "QUOTE_DOUBLE",
              lineWidth: 0,
            });
        const loaded = readManifest(text, "a").objects[0]!;
        const lines = text.split("\n");
        for (const [path, leaf] of leaves(plain(value))) {
          const { line, column } = loaded.locate(path);
          const found = lines[line - 1]!.slice(column - 1);
          expect(found.startsWith(JSON.stringify(leaf)), `${JSON.stringify(path)}: ${found}`).toBe(
            true,
          );
        }
      }),
    );
  });

  test("whatever the text, reading it neither throws nor hangs, and every message has a place in it", () => {
    const snippet = fc.constantFrom(
      "a: b\n",
      "- ",
      "  ",
      "{",
      "}",
      "[",
      "]",
      "---\n",
      "&a ",
      "*a",
      "!!int ",
      "'",
      '"',
      "|\n",
      ": ",
      "\n",
      "#",
      "? ",
      "\t",
      "kind: Pod\n",
      "metadata:\n  name: x\n",
      "apiVersion: v1\n",
      "<<: ",
      ",",
      "\u0000",
      "é",
    );
    fc.assert(
      fc.property(fc.array(snippet, { maxLength: 40 }), (parts) => {
        const text = parts.join("");
        const count = text.split("\n").length;
        for (const { position } of readManifest(text, "a").diagnostics) {
          expect(position?.line).toBeGreaterThan(0);
          expect(position?.line).toBeLessThanOrEqual(count);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Every scalar of a JSON value and the way to it. */
function* leaves(
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<[readonly (string | number)[], unknown]> {
  if (typeof value !== "object" || value === null) yield [path, value];
  else if (Array.isArray(value))
    for (const [i, item] of value.entries()) yield* leaves(item, [...path, i]);
  else for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
}
