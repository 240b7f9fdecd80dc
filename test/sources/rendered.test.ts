import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import type { ManifestInput } from "../../src/manifests/manifest-input.ts";
import { createFileSource } from "../../src/sources/files.ts";
import { versionOf } from "../../src/sources/rendered/run-tool.ts";
import type { Operation } from "../../src/store/operation.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { describeWith } from "../support/tools.ts";

const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

const FILES: Readonly<Record<string, string>> = {
  "base/kustomization.yaml": "resources: [web.yaml]\n",
  "base/web.yaml": SERVICE,
  "overlays/dev/kustomization.yaml":
    "resources: [../../base, extra.yaml]\nnamePrefix: dev-\npatches: [{ path: port.yaml }]\nconfigMapGenerator: [{ name: env, files: [color=red.txt] }]\n",
  "overlays/dev/port.yaml":
    "apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { type: NodePort }\n",
  "overlays/dev/extra.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: extra }\n",
  "overlays/dev/red.txt": "#f00\n",
  "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
  "chart/values.yaml": "port: 80\nimage: { tag: one, name: web }\n",
  "chart/templates/web.yaml":
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}-web\n  labels: { tag: {{ .Values.image.tag }}, image: {{ .Values.image.name }} }\nspec:\n  ports: [{ port: {{ .Values.port }} }]\n",
  "chart/templates/tests/connection.yaml":
    'apiVersion: v1\nkind: Pod\nmetadata: { name: test, annotations: { "helm.sh/hook": test } }\nspec: { containers: [{ name: a, image: a }] }\n',
  "values/dev.yaml": "port: 81\n",
};

async function project(files: Readonly<Record<string, string>> = FILES): Promise<string> {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** A source that is followed, and what it says and does. */
async function follow(
  cwd: string,
  manifests: readonly ManifestInput[],
  env = process.env,
  told?: (message: string) => void,
) {
  const batches: Operation[][] = [];
  const found: Diagnostic[] = [];
  let wake = () => {};
  const source = createFileSource({
    manifests,
    cwd,
    env,
    watch: true,
    patience: { settle: 5, writing: 20, removal: 20, whole: 200 },
  });
  onTestFinished(() => source.close());
  const first = await source.start({
    apply: (batch) => {
      batches.push([...batch]);
      wake();
    },
    found: (later) => {
      found.push(...later);
      wake();
    },
    ...(told && { told }),
  });
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise<void>((resolve) => (wake = resolve));
  };
  const names = () =>
    source.objects.map(({ object: { kind, metadata } }) =>
      [kind, metadata.namespace, metadata.name].join(" "),
    );
  const object = (name: string) =>
    source.objects.find(({ object }) => object.metadata.name === name)?.object;
  return { source, first, found, until, names, object };
}

/** A PATH with only a program of this name, that does what the lines of a shell say. */
async function programs(folder: string, scripts: Readonly<Record<string, string>>) {
  const bin = join(folder, ".bin");
  await mkdir(bin, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return { PATH: bin };
}

describe("a rendering", () => {
  it("is run once for the same inputs, and again when one of them changes", async () => {
    const folder = await project();
    const env = await programs(folder, {
      kubectl: `echo run >> ${folder}/.runs; while read -r line; do echo "$line"; done < base/web.yaml`,
    });
    const { until, object, source } = await follow(folder, [{ kustomize: "overlays/dev" }], env);
    expect(object("web")?.spec).toMatchObject({ type: "ClusterIP" });
    await writeFile(join(folder, "base/web.yaml"), SERVICE.replace("80", "81"));
    await until(() => JSON.stringify(object("web")?.spec).includes("81"));
    const { readFile } = await import("node:fs/promises");
    const runs = async () => (await readFile(join(folder, ".runs"), "utf8")).trim().split("\n");
    const before = (await runs()).length;
    await writeFile(join(folder, "unrelated.yaml"), SERVICE);
    await writeFile(join(folder, "overlays/dev/unrelated.txt"), "no input\n");
    await source.reload();
    expect((await runs()).length).toBe(before + 1);
  });

  it("goes on with its last output while the tool fails, and says why with the tool's words", async () => {
    const folder = await project();
    const env = await programs(folder, {
      kubectl: `[ -e ${folder}/broken ] && { echo "error: no matches for Id web" >&2; exit 1; }; while read -r line; do echo "$line"; done < base/web.yaml`,
    });
    const { names, until, found, source } = await follow(
      folder,
      [{ kustomize: "overlays/dev" }],
      env,
    );
    await writeFile(join(folder, "broken"), "");
    await writeFile(join(folder, "overlays/dev/red.txt"), "#e00\n");
    await until(() => found.length > 0);
    expect(found).toEqual([
      expect.objectContaining({
        rule: "render-failed",
        message: "kustomize failed: no matches for Id web",
        position: { file: "overlays/dev", line: 1, column: 1 },
      }),
    ]);
    expect(names()).toEqual(["Service default web"]);
    await rm(join(folder, "broken"));
    expect(await source.reload()).toEqual([]);
  });

  it("tells once which version of the tool renders what, and names it where the tool fails", async () => {
    const folder = await project();
    const versions =
      '[ "$1" = version ] && { echo "Client Version: v1.36.0"; echo "Kustomize Version: v5.7.1"; exit; }';
    const env = await programs(folder, {
      kubectl: `${versions}; [ -e ${folder}/broken ] && { echo "error: no" >&2; exit 1; }; while read -r line; do echo "$line"; done < base/web.yaml`,
    });
    const told: string[] = [];
    const inputs = [{ kustomize: "overlays/dev" }];
    const { source } = await follow(folder, inputs, env, (message) => told.push(message));
    expect(told).toEqual([
      `overlays/dev is rendered by kustomize v5.7.1 (${join(folder, ".bin/kubectl")})`,
    ]);
    await writeFile(join(folder, "broken"), "");
    const found = await source.reload();
    expect(found.map(({ message }) => message)).toEqual(["kustomize v5.7.1 failed: no"]);
    expect(told).toHaveLength(1);
  });

  it.each([
    ["v3.20.0+gb2e4314", "v3.20.0+gb2e4314"],
    ["{Version:kustomize/v4.5.7 GitCommit:1 BuildDate:2022-08-02T16:35:54Z}", "v4.5.7"],
    ["unknown command", undefined],
  ])("finds the version in %j", async (answer, version) => {
    const folder = await project();
    const env = await programs(folder, { helm: `echo "${answer}"` });
    const tool = { program: join(folder, ".bin/helm"), args: [], versionArgs: ["version"] };
    expect(await versionOf(tool, { cwd: folder, env })).toBe(version);
  });

  it("says which tool is missing, and how to come by it", async () => {
    const folder = await project();
    const env = await programs(folder, {});
    const { first } = await follow(folder, [{ kustomize: "overlays/dev" }, { helm: "chart" }], env);
    expect(first.map(({ rule, message }) => `${rule} ${message}`)).toEqual([
      "tool-missing kustomize renders this, and neither kustomize nor kubectl is on PATH",
      "tool-missing helm renders this, and no helm is on PATH",
    ]);
    for (const { hint } of first) expect(hint).toMatch(/^install it: /);
  });

  it.each<[ManifestInput, string]>([
    [{ kustomize: "nowhere" }, "can't be read: there is no such file or folder"],
    [{ kustomize: "chart" }, "can't be rendered: there is no kustomization.yaml in it"],
  ])("%j is told before a tool is run", async (input, message) => {
    const folder = await project();
    const { first } = await follow(folder, [input], await programs(folder, {}));
    expect(first.map((each) => each.message)).toEqual([message]);
  });
});

describe("a folder with a kustomization", () => {
  it("that was named is not read: its files are parts", async () => {
    const folder = await project();
    const { first, names } = await follow(folder, ["overlays/dev"]);
    expect(names()).toEqual([]);
    expect(first).toEqual([
      expect.objectContaining({
        rule: "kustomization-folder",
        hint: "use -k overlays/dev, or manifests: [{ kustomize: overlays/dev }] in kubelane.yaml",
      }),
    ]);
  });

  it("below one that was named is read without its patches and generators", async () => {
    const folder = await project();
    const { first, names } = await follow(folder, ["overlays", "base/web.yaml"]);
    expect(names()).toEqual(["ConfigMap default extra", "Service default web"]);
    expect(first.map(({ rule }) => rule)).toEqual(["kustomization-folder"]);
  });
});

describeWith(["kubectl"], "kubectl kustomize", () => {
  it("renders an overlay, and follows base, patch and generator", async () => {
    const folder = await project();
    const { names, object, until } = await follow(folder, [{ kustomize: "overlays/dev" }]);
    expect(names().sort()).toEqual([
      expect.stringMatching(/^ConfigMap default dev-env-/),
      "ConfigMap default dev-extra",
      "Service default dev-web",
    ]);
    expect(object("dev-web")?.spec).toMatchObject({ type: "NodePort" });
    await writeFile(
      join(folder, "overlays/dev/port.yaml"),
      FILES["overlays/dev/port.yaml"]!.replace("NodePort", "LoadBalancer"),
    );
    await until(() => JSON.stringify(object("dev-web")?.spec).includes("LoadBalancer"));
    await rename(join(folder, "base"), join(folder, "other"));
    await rename(join(folder, "other"), join(folder, "base"));
    await writeFile(join(folder, "base/web.yaml"), SERVICE.replace("80", "8080"));
    await until(() => JSON.stringify(object("dev-web")?.spec).includes("8080"));
  });
});

describeWith(["helm"], "helm template", () => {
  const chart = { helm: "chart", release: "dev", namespace: "shop" };

  it("renders a chart into its namespace with values and settings, its tests left out", async () => {
    const folder = await project();
    const input = { ...chart, values: ["values/dev.yaml"], set: { image: { tag: "two" } } };
    const { names, object, until } = await follow(folder, [input]);
    expect(names()).toEqual(["Service shop dev-web"]);
    expect(object("dev-web")?.metadata.labels).toEqual({ tag: "two", image: "web" });
    expect(object("dev-web")?.spec).toMatchObject({ ports: [{ port: 81 }] });
    await writeFile(join(folder, "values/dev.yaml"), "port: 82\n");
    await until(() => JSON.stringify(object("dev-web")?.spec).includes("82"));
    await writeFile(join(folder, "chart/templates/_help.tpl"), '{{ define "a" }}{{ end }}');
    await writeFile(
      join(folder, "chart/templates/web.yaml"),
      FILES["chart/templates/web.yaml"]!.replace("{{ .Values.port }}", "83"),
    );
    await until(() => JSON.stringify(object("dev-web")?.spec).includes("83"));
  });

  it("names the template that a finding is about, and the place of an error in it", async () => {
    const folder = await project({
      ...FILES,
      "chart/templates/bad.yaml": "apiVersion: v1\nkind: Service\nmetadata: { name: Bad_Name }\n",
    });
    const { first, source } = await follow(folder, [chart]);
    expect(first.map(({ rule, position }) => [rule, position?.file])).toContainEqual([
      expect.any(String),
      "chart/templates/bad.yaml (rendered)",
    ]);
    expect(source.renderedText("chart/templates/bad.yaml (rendered)")).toContain("Bad_Name");
    await writeFile(join(folder, "chart/templates/bad.yaml"), "a: {{ fail .Nothing.at.all }}\n");
    const [error] = await source.reload();
    expect(error).toMatchObject({
      rule: "render-failed",
      position: { file: "chart/templates/bad.yaml", line: 1 },
    });
  });
});

it("a manifest behind a URL is read once, and again when all is to be read anew", async () => {
  let port = 80;
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.end(SERVICE.replace("80", `${port}`));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/web.yaml`;
  const folder = await project();
  const { source, object, first } = await follow(folder, [url, "base/web.yaml"]);
  expect(first.map(({ rule }) => rule)).toEqual(["duplicate-object"]);
  port = 81;
  await writeFile(join(folder, "base/web.yaml"), "# nothing\n");
  await source.reload();
  expect(asked).toBe(2);
  expect(object("web")?.spec).toMatchObject({ ports: [{ port: 81 }] });
});
