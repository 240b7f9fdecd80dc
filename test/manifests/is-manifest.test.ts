import { describe, expect, it } from "vitest";
import { readManifest } from "../../src/manifests/read-manifest.ts";

const found = (text: string) =>
  readManifest(text, "a.yaml", { byWalk: true }).diagnostics.map(
    ({ severity, rule }) => `${severity} ${rule}`,
  );

const SERVICE =
  "apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { ports: [{ port: 80 }] }\n";

describe("a file that a walk comes upon is no manifest, and told once", () => {
  it.each([
    ["package.json", '{ "name": "web", "version": "1.0.0", "scripts": { "start": "node ." } }'],
    [
      "tsconfig.json, with comments",
      '{ // all of it\n  "compilerOptions": { "strict": true, }\n}\n',
    ],
    ["values of a chart", "replicaCount: 1\nimage:\n  repository: nginx\n"],
    ["a workflow", "name: CI\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n"],
    ["a build", "steps:\n  - name: gcr.io/cloud-builders/docker\n    args: [build, .]\n"],
    ["a compose file", "services:\n  web:\n    image: nginx\n    ports: ['80:80']\n"],
    [
      "a kustomization of another name",
      "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
    ],
    [
      "one with metadata",
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: { name: a }\n",
    ],
    ["skaffold", "apiVersion: skaffold/v4beta6\nkind: Config\nmetadata: { name: a }\n"],
    [
      "a cluster of kind",
      "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [{ role: worker }]\n",
    ],
    ["a kubeconfig", "apiVersion: v1\nkind: Config\nclusters: []\n"],
    ["a chart", "apiVersion: v2\nname: web\nversion: 1.0.0\n"],
    ["a JSON patch", "- op: replace\n  path: /spec/replicas\n  value: 3\n"],
    [
      "a patch that deletes",
      "$patch: delete\napiVersion: v1\nkind: Service\nmetadata: { name: web }\n",
    ],
    [
      "a document of MkDocs, which is no YAML of kubectl's",
      "site_name: a\nx: !!python/name:a.b ''\n",
    ],
    ["data without metadata", "apiVersion: 1\ngroups: []\n"],
    ["a few words", "just words\n"],
  ])("%s", (_, text) => {
    expect(found(text)).toEqual(["info no-manifest"]);
    expect(readManifest(text, "a.yaml", { byWalk: true })).toMatchObject({
      objects: [],
      refused: [],
      unidentified: 0,
    });
  });
});

describe("a file that a walk comes upon is a manifest, whatever is wrong with it", () => {
  it.each([
    ["a Service", SERVICE, []],
    [
      "a List",
      `apiVersion: v1\nkind: List\nitems:\n  - ${SERVICE.trimEnd().replaceAll("\n", "\n    ")}\n`,
      [],
    ],
    ["a custom resource", "apiVersion: a.example.com/v1\nkind: Thing\nmetadata: { name: a }\n", []],
    ["no apiVersion", SERVICE.replace("apiVersion: v1\n", ""), ["error api-version-required"]],
    ["no kind", SERVICE.replace("kind: Service\n", ""), ["error kind-required"]],
    ["no metadata", SERVICE.replace(/metadata.*\n/, ""), ["error name-required"]],
    ["a stray brace", SERVICE.replace("name: web", "name: {web"), ["error yaml-syntax"]],
    [
      "values before it",
      `replicas: 1\n---\n${SERVICE}`,
      ["error api-version-required", "error kind-required", "error name-required"],
    ],
    [
      "a template",
      SERVICE.replace("name: web", "name: {{ .Release.Name }}"),
      ["info unrendered-template"],
    ],
    [
      "a template in quotes",
      SERVICE.replace("name: web", "name: '{{ .Release.Name }}'"),
      ["info unrendered-template"],
    ],
    ["a template of a text", `${SERVICE.replace("spec:", "# {{ .Values }}\nspec:")}`, []],
  ])("%s", (_, text, rules) => {
    expect(found(text)).toEqual(rules);
  });

  it("nothing: there is nothing to say of an empty one", () => {
    expect(found("# only a comment\n")).toEqual([]);
  });
});

it("a file that is named is always taken for a manifest", () => {
  const { diagnostics } = readManifest("name: web\n", "values.yaml");
  expect(diagnostics.map(({ severity }) => severity)).toEqual(["error", "error", "error"]);
});

it("a template may be any object, so that nothing is missed on its account", () => {
  const text = `${SERVICE}---\nkind: {{ .Values.kind }}\n`;
  const { objects, unidentified } = readManifest(text, "a.yaml", { byWalk: true });
  expect(objects).toHaveLength(1);
  expect(unidentified).toBe(1);
});
