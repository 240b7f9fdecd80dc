import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createFileSource } from "../../src/sources/files.ts";
import { survey } from "../../src/sources/survey.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubelane-ignored-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n";

async function found(inputs: readonly string[], exclude: readonly string[] = []) {
  const { files } = await survey(inputs, { cwd: folder, exclude });
  return files.map(({ shownAs }) => shownAs);
}

const TREE = {
  "a.yaml": MANIFEST,
  "b.yaml": MANIFEST,
  "rendered/c.yaml": MANIFEST,
  "deep/rendered/d.yaml": MANIFEST,
  "deep/e.yaml": MANIFEST,
};

const ALL = ["a.yaml", "b.yaml", "deep/e.yaml", "deep/rendered/d.yaml", "rendered/c.yaml"];

it.each<[string, Record<string, string>, readonly string[], readonly string[]]>([
  ["nothing says so", {}, [], ALL],
  [".gitignore", { ".gitignore": "rendered/\n" }, [], ["a.yaml", "b.yaml", "deep/e.yaml"]],
  [".kubelaneignore", { ".kubelaneignore": "/b.yaml\n/deep\n" }, [], ["a.yaml", "rendered/c.yaml"]],
  [
    "a .kubelaneignore, against the .gitignore beside it",
    { ".gitignore": "*.yaml\n", ".kubelaneignore": "!a.yaml\n" },
    [],
    ["a.yaml"],
  ],
  [
    "the file of a folder, against those above it",
    { ".gitignore": "*.yaml\n", "deep/.gitignore": "!e.yaml\n" },
    [],
    ["deep/e.yaml"],
  ],
  [
    "the file of a folder, for that folder alone",
    { "deep/.gitignore": "*.yaml\n" },
    [],
    ["a.yaml", "b.yaml", "rendered/c.yaml"],
  ],
  ["--exclude", {}, ["rendered/", "/b.yaml"], ["a.yaml", "deep/e.yaml"]],
  [
    "--exclude, whatever the files say",
    { "deep/.gitignore": "!e.yaml\n" },
    ["deep/e.yaml", "rendered"],
    ["a.yaml", "b.yaml"],
  ],
])("a walk leaves out what %s", async (_, files, exclude, left) => {
  await write({ ...TREE, ...files });
  expect((await found(["."], exclude)).sort()).toEqual([...left].sort());
});

it("what is named itself is read though it is ignored: a file, a folder, a pattern", async () => {
  await write({ ...TREE, ".git/HEAD": "", ".gitignore": "rendered/\nb.yaml\n" });
  expect(await found(["b.yaml"])).toEqual(["b.yaml"]);
  expect(await found(["rendered"])).toEqual(["rendered/c.yaml"]);
  expect(await found(["deep/rendered"])).toEqual(["deep/rendered/d.yaml"]);
  expect(await found(["**/*.yaml"])).toHaveLength(5);
});

it("files of folders above count, from the repository's on, or from the working folder on", async () => {
  await write({ ...TREE, ".kubelaneignore": "rendered/\n" });
  expect(await found(["deep"])).toEqual(["deep/e.yaml"]);
  const above = await survey([join(folder, "deep")], { cwd: "/nowhere" });
  expect(above.files).toHaveLength(2);
  await write({ ".git/HEAD": "" });
  const repository = await survey([join(folder, "deep")], { cwd: "/nowhere" });
  expect(repository.files).toHaveLength(1);
});

it("a folder of which everything is ignored says why it is empty", async () => {
  await write({ "k8s/a.yaml": MANIFEST, "k8s/.kubelaneignore": "*\n" });
  const { diagnostics } = await survey(["k8s"], { cwd: folder });
  expect(diagnostics).toEqual([
    expect.objectContaining({
      rule: "no-manifests",
      message: "the folder has no manifests beside what is ignored",
    }),
  ]);
});

it("a change of an ignore file is followed", async () => {
  await write({ "k8s/a.yaml": MANIFEST, "k8s/b.yaml": MANIFEST.replace("name: a", "name: b") });
  await using source = createFileSource({ manifests: ["k8s"], cwd: folder, watch: true });
  const gone = new Promise((resolve) => {
    void source.start({
      apply: (batch) => {
        if (batch.some(({ op }) => op === "delete")) resolve(batch);
      },
    });
  });
  await source.reload();
  await writeFile(join(folder, "k8s/.kubelaneignore"), "b.yaml\n");
  expect(await gone).toMatchObject([{ op: "delete", key: { name: "b" } }]);
});

it("patches of a kustomization are no manifests, wherever they lie", async () => {
  await write({
    "app/base/kustomization.yaml":
      "resources: [web.yaml]\npatches: [{ path: ../shared/port.yaml }]\n",
    "app/base/web.yaml": MANIFEST,
    "app/base/patches/unnamed.yaml": MANIFEST,
    "app/base/web_patch.yaml": MANIFEST,
    "app/another/port.yaml": MANIFEST,
    "app/shared/port.yaml": MANIFEST,
  });
  expect(await found(["app"])).toEqual(["app/another/port.yaml", "app/base/web.yaml"]);
});
