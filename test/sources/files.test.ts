import { EventEmitter, once } from "node:events";
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { createFileSource, type FileSource } from "../../src/sources/files.ts";
import type { Operation } from "../../src/store/operation.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubelane-files-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const write = async (name: string, text: string): Promise<void> => {
  await mkdir(join(folder, name, ".."), { recursive: true });
  await writeFile(join(folder, name), text);
};

const configMap = (name: string, value = "1"): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {value: "${value}"}\n`;

/** What a batch does, in short: `+a=1 -b`. */
const summary = (batch: readonly Operation[]): string =>
  batch
    .map((operation) => {
      if (operation.op === "delete") return `-${operation.key.name}`;
      if (operation.op !== "put") return "?";
      const { data } = operation.object as { data?: { value?: string } };
      return `+${operation.object.metadata.name}=${data?.value}`;
    })
    .join(" ");

const rules = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map(({ rule, position }) => `${position?.file} ${rule}`);

async function read(
  ...paths: string[]
): Promise<{ batches: string[]; found: string[]; diagnostics: Diagnostic[]; source: FileSource }> {
  const batches: string[] = [];
  const source = createFileSource({ manifests: paths, cwd: folder });
  const diagnostics = await source.start({ apply: (batch) => batches.push(summary(batch)) });
  return { batches, found: rules(diagnostics), diagnostics, source };
}

describe("reading", () => {
  test("a folder's manifests are read in the order of their names, folders below included", async () => {
    await write("b.yml", configMap("b"));
    await write("a.yaml", configMap("a"));
    await write("sub/c.json", '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}');
    await write("notes.txt", "no manifest");
    await write(".hidden/d.yaml", configMap("d"));
    await write("node_modules/x/e.yaml", configMap("e"));
    await write("skaffold.yaml", "build: {}\n");
    await write("kubelane.yaml", "manifests: .\n");
    const { batches, found } = await read(".");
    expect(batches).toEqual(["+a=1 +b=1 +c=undefined"]);
    expect(found).toEqual(["skaffold.yaml no-manifest"]);
  });

  test("a file that is named itself is read whatever its name", async () => {
    await write("manifest.txt", configMap("a"));
    expect((await read("manifest.txt")).batches).toEqual(["+a=1"]);
  });

  test.each([
    ["k8s/*.yaml", "+a=1 +b=1"],
    ["k8s/**/*.yaml", "+a=1 +b=1 +c=1 +d=1"],
    ["k8s/**/c.yaml", "+c=1"],
    ["k8s/?.yaml", "+a=1 +b=1"],
    ["k8s/[a]*.yaml", "+a=1"],
    ["k8s/[!a]*.yaml", "+b=1"],
    ["k8s/{a,sub/c}.yaml", "+a=1 +c=1"],
    ["**/c.yaml", "+c=1"],
    ["*/*/*.yaml", "+c=1"],
  ])("the glob %s reads %s", async (glob, expected) => {
    await write("k8s/a.yaml", configMap("a"));
    await write("k8s/b.yaml", configMap("b"));
    await write("k8s/sub/c.yaml", configMap("c"));
    await write("k8s/sub/deep/d.yaml", configMap("d"));
    await write("k8s/.secret.yaml", configMap("hidden"));
    expect((await read(glob)).batches).toEqual([expected]);
  });

  test("brackets in the working directory's own name choose nothing", async () => {
    await write("[x]/k8s/a.yaml", configMap("a"));
    await write("x/k8s/b.yaml", configMap("b"));
    const outer = folder;
    folder = join(outer, "[x]");
    expect((await read("k8s/*.yaml")).batches).toEqual(["+a=1"]);
    folder = outer;
  });

  test("a path with the signs of a glob that exists is that file", async () => {
    await write("[a].yaml", configMap("bracket"));
    await write("a.yaml", configMap("plain"));
    expect((await read("[a].yaml")).batches).toEqual(["+bracket=1"]);
  });

  test("links are followed to files, not to folders, and never in circles", async () => {
    await write("k8s/a.yaml", configMap("a"));
    await write("elsewhere/b.yaml", configMap("b"));
    await symlink("..", join(folder, "k8s/up"));
    await symlink(".", join(folder, "k8s/self"));
    await symlink("../elsewhere", join(folder, "k8s/other"));
    await symlink("../elsewhere/b.yaml", join(folder, "k8s/b.yaml"));
    await symlink("x.yaml", join(folder, "k8s/y.yaml"));
    await symlink("y.yaml", join(folder, "k8s/x.yaml"));
    await symlink("gone.yaml", join(folder, "k8s/z.yaml"));
    await symlink("gone", join(folder, "k8s/.#a.yaml"));
    const { batches, diagnostics } = await read("k8s");
    expect(batches).toEqual(["+a=1 +b=1"]);
    const messages = new Map(diagnostics.map(({ position, message }) => [position?.file, message]));
    const end = "it is not followed";
    expect(Object.fromEntries(messages)).toEqual({
      "k8s/up": `this link leads back to ., in circles; ${end}`,
      "k8s/self": `this link leads back to k8s, in circles; ${end}`,
      "k8s/other": "this is a link to the folder elsewhere; such links are not followed",
      "k8s/x.yaml": "can't be read: its symbolic links lead in circles",
      "k8s/y.yaml": "can't be read: its symbolic links lead in circles",
      "k8s/z.yaml": "can't be read: there is no such file or folder",
    });
    expect((await read("k8s/*.yaml")).batches).toEqual(["+a=1 +b=1"]);
  });

  test("standard input alone has nothing to follow", async () => {
    const batches: string[] = [];
    await using source = createFileSource({
      manifests: ["-"],
      watch: true,
      stdin: Readable.from([Buffer.from(configMap("a"))]),
    });
    expect(await source.start({ apply: (batch) => batches.push(summary(batch)) })).toEqual([]);
    expect(batches).toEqual(["+a=1"]);
  });

  test("standard input is read once and named -", async () => {
    const source = createFileSource({
      manifests: ["-"],
      stdin: Readable.from([Buffer.from(configMap("a")), Buffer.from("---\nkind: {")]),
    });
    const first = await source.start({ apply: () => undefined });
    expect(first[0]).toMatchObject({ position: { file: "-", line: 6 } });
    expect(await source.reload()).toEqual(first);
    expect(source.objects.map(({ object }) => object.metadata.name)).toEqual(["a"]);
  });

  test("a file that two paths name is read once", async () => {
    await write("a.yaml", configMap("a"));
    const { batches, found } = await read("a.yaml", ".", "*.yaml");
    expect([batches, found]).toEqual([["+a=1"], []]);
  });

  test("two objects of one name in two files: the first counts, both places are told", async () => {
    await write("a.yaml", configMap("web", "first"));
    await write("b.yaml", `# comment\n${configMap("web", "second")}`);
    const { batches, diagnostics } = await read(".");
    expect(batches).toEqual(["+web=first"]);
    expect(diagnostics).toEqual([
      expect.objectContaining({
        rule: "duplicate-object",
        severity: "warning",
        object: "ConfigMap default/web",
        position: { file: "b.yaml", line: 4, column: 18 },
        message: expect.stringContaining("a.yaml:3:18"),
      }),
    ]);
  });

  test("two files with the same objects are told once, with how many", async () => {
    await write("dev.yaml", ["a", "b", "c"].map((name) => configMap(name)).join("---\n"));
    await write("prod.yaml", ["a", "b", "c"].map((name) => configMap(name)).join("---\n"));
    const { diagnostics } = await read(".");
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.message).toContain("so it is with 2 more of this file");
  });

  test("a file that had objects is a manifest, whatever is written there", async () => {
    await write("a.yaml", configMap("a"));
    const { batches, source } = await read(".");
    await write("a.yaml", "name: web\nversion: 1.0.0\n");
    expect(rules(await source.reload())).toContain("a.yaml api-version-required");
    expect(batches).toEqual(["+a=1"]);
  });

  test("what can't be read is told and the rest is served", async () => {
    await write("a.yaml", configMap("a"));
    await write("bad.yaml", "\u0000\u0001");
    await writeFile(join(folder, "latin.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xe4, 0x0a]));
    const { batches, found } = await read("missing.yaml", ".", "nothing/*.yaml");
    expect(batches).toEqual(["+a=1"]);
    expect(found.sort()).toEqual([
      "bad.yaml no-manifest",
      "latin.yaml not-text",
      "missing.yaml file-unreadable",
      "nothing file-unreadable",
    ]);
  });

  test("UTF-16 with a byte order mark is read, as shells on Windows write it", async () => {
    const text = Buffer.from(`\ufeff${configMap("a")}`, "utf16le");
    await writeFile(join(folder, "a.yaml"), text);
    expect((await read("a.yaml")).batches).toEqual(["+a=1"]);
  });

  test("an empty folder and a glob without a match are warned about", async () => {
    await mkdir(join(folder, "empty"));
    expect((await read("empty", "*.yaml")).found).toEqual([
      "empty no-manifests",
      "*.yaml no-manifests",
    ]);
  });

  test("a Helm chart is named and not read", async () => {
    await write("a.yaml", configMap("a"));
    await write("chart/Chart.yaml", "name: chart\n");
    await write("chart/templates/web.yaml", "name: {{ .Release.Name }}\n");
    const { batches, found } = await read(".");
    expect(batches).toEqual(["+a=1"]);
    expect(found).toEqual(["chart/Chart.yaml helm-chart"]);
  });
});

test("a file of 50,000 faulty documents hides nothing of the others", async () => {
  await write("bad.yaml", "kind: Service\n---\n".repeat(50_000));
  await write("good.yaml", configMap("a"));
  const { batches, diagnostics } = await read(".");
  expect(batches).toEqual(["+a=1"]);
  expect(diagnostics.length).toBeGreaterThanOrEqual(50_000);
});

describe("reading again", () => {
  test("only what changed is in the batch", async () => {
    await write("a.yaml", `${configMap("a")}---\n${configMap("b")}`);
    await write("c.yaml", configMap("c"));
    const { batches, source } = await read(".");
    await write("a.yaml", `# moved\n${configMap("a")}---\n${configMap("b", "2")}`);
    await unlink(join(folder, "c.yaml"));
    await source.reload();
    await source.reload();
    expect(batches).toEqual(["+a=1 +b=1 +c=1", "-c +b=2"]);
  });

  test("an object that is refused keeps its last good state; the others of its file go on", async () => {
    await write("a.yaml", `${configMap("a")}---\n${configMap("b")}---\n${configMap("c")}`);
    const { batches, source } = await read(".");
    await write(
      "a.yaml",
      `${configMap("a", "2")}---\n${configMap("b").replace('"1"', "[1]")}---\n${configMap("d")}`,
    );
    const found = await source.reload();
    expect(rules(found)).toEqual(["a.yaml field-type"]);
    expect(batches.at(-1)).toBe("-c +a=2 +d=1");
    expect(source.objects.map(({ object }) => object.metadata.name)).toEqual(["a", "d", "b"]);
  });

  test("a document that is no YAML keeps every object that it may have been", async () => {
    await write("a.yaml", `${configMap("a")}---\n${configMap("b")}`);
    const { batches, source } = await read(".");
    await write("a.yaml", `${configMap("a", "2")}---\nkind: "Conf\n`);
    expect(rules(await source.reload())).toEqual(["a.yaml yaml-syntax"]);
    expect(batches.at(-1)).toBe("+a=2");
    await write("a.yaml", configMap("a", "2"));
    expect(await source.reload()).toEqual([]);
    expect(batches.at(-1)).toBe("-b");
  });

  test("a file that can't be read any more keeps its objects; one that is gone does not", async () => {
    await write("a.yaml", configMap("a"));
    const { batches, source } = await read("a.yaml");
    await unlink(join(folder, "a.yaml"));
    await symlink("a.yaml", join(folder, "a.yaml"));
    expect(rules(await source.reload())).toEqual(["a.yaml file-unreadable"]);
    expect(batches).toEqual(["+a=1"]);
    await unlink(join(folder, "a.yaml"));
    await source.reload();
    expect(batches).toEqual(["+a=1", "-a"]);
  });

  test("a change that a cluster refuses is told once, at its place, and made", async () => {
    const service = (ip: string): string =>
      `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  clusterIP: ${ip}\n  ports: [{port: 80}]\n`;
    await write("a.yaml", service("10.96.0.7"));
    const { batches, source } = await read(".");
    await write("a.yaml", service("10.96.0.8"));
    expect(await source.reload()).toEqual([
      expect.objectContaining({
        rule: "field-immutable",
        severity: "error",
        usable: true,
        object: "Service default/web",
        position: { file: "a.yaml", line: 5, column: 14 },
      }),
    ]);
    expect(batches).toHaveLength(2);
    expect(await source.reload()).toEqual([]);
  });

  test("when the first of two objects of one name goes, the second serves", async () => {
    await write("a.yaml", configMap("web", "first"));
    await write("b.yaml", configMap("web", "second"));
    const { batches, source } = await read(".");
    await unlink(join(folder, "a.yaml"));
    expect(await source.reload()).toEqual([]);
    expect(batches).toEqual(["+web=first", "+web=second"]);
  });
});

describe("watching", () => {
  const open: FileSource[] = [];
  afterEach(async () => {
    for (const source of open.splice(0)) await source.close();
  });

  async function follow(...paths: string[]) {
    const events = new EventEmitter();
    const batches: string[] = [];
    const source = createFileSource({ manifests: paths, cwd: folder, watch: true });
    open.push(source);
    await source.start({
      apply(batch) {
        batches.push(summary(batch));
        events.emit("batch", summary(batch));
      },
      found: (found) => events.emit("diagnostics", rules(found)),
      fault: (error) => events.emit("error", error),
    });
    return {
      source,
      batches,
      next: async (event: "batch" | "diagnostics", act: () => Promise<void>): Promise<unknown> => {
        const happened = once(events, event);
        await act();
        return (await happened)[0];
      },
    };
  }

  test("a change, a new file and a removed one each become a batch", async () => {
    await write("a.yaml", configMap("a"));
    const { next } = await follow(".");
    expect(await next("batch", () => write("a.yaml", configMap("a", "2")))).toBe("+a=2");
    expect(await next("batch", () => write("sub/b.yaml", configMap("b")))).toBe("+b=1");
    expect(await next("batch", () => unlink(join(folder, "a.yaml")))).toBe("-a");
  });

  test("an editor that saves by renaming causes one change and no gap", async () => {
    await write("a.yaml", configMap("a"));
    const { next, batches } = await follow("a.yaml");
    for (const value of ["2", "3"]) {
      const save = async (): Promise<void> => {
        await write("a.yaml~", configMap("a", value));
        await unlink(join(folder, "a.yaml"));
        await rename(join(folder, "a.yaml~"), join(folder, "a.yaml"));
      };
      expect(await next("batch", save)).toBe(`+a=${value}`);
    }
    expect(batches).toEqual(["+a=1", "+a=2", "+a=3"]);
  });

  test("a file that breaks is told, its last good state stays, and its repair is seen", async () => {
    await write("a.yaml", configMap("a"));
    await write("b.yaml", configMap("b").replace("data", "datum"));
    const { next, batches } = await follow(".");
    expect(await next("diagnostics", () => write("a.yaml", "kind: ["))).toEqual([
      "a.yaml yaml-syntax",
    ]);
    expect(batches).toHaveLength(1);
    expect(await next("batch", () => write("a.yaml", configMap("a", "2")))).toBe("+a=2");
  });

  test("a glob sees files that come later", async () => {
    await mkdir(join(folder, "k8s"));
    const { next } = await follow("k8s/**/*.yaml");
    expect(await next("batch", () => write("k8s/x/a.yaml", configMap("a")))).toBe("+a=1");
  });

  test("a path that was not there is followed when it becomes a folder, or a file", async () => {
    const { next } = await follow("later", "late.yaml");
    const make = async (): Promise<void> => {
      await write("elsewhere/a.yaml", configMap("a"));
      await rename(join(folder, "elsewhere"), join(folder, "later"));
    };
    expect(await next("batch", make)).toBe("+a=1");
    expect(await next("batch", () => write("later/b.yaml", configMap("b")))).toBe("+b=1");
    expect(await next("batch", () => write("late.yaml", configMap("c")))).toBe("+c=1");
  });

  test("other paths take the place of the first ones, and are followed", async () => {
    await write("one/a.yaml", configMap("a"));
    await write("one/b.yaml", configMap("b"));
    await write("two/c.yaml", configMap("c"));
    const { next, source, batches } = await follow("one");
    expect(rules(await source.reload(["two", "one/b.yaml"]))).toEqual([]);
    expect(batches).toEqual(["+a=1 +b=1", "-a +c=1"]);
    expect(await next("batch", () => write("two/d.yaml", configMap("d")))).toBe("+d=1");
    expect(await next("batch", () => write("one/b.yaml", configMap("b", "2")))).toBe("+b=2");
    await write("one/a.yaml", configMap("a", "3"));
    expect(await source.reload()).toEqual([]);
    expect(batches.slice(4)).toEqual([]);
  });

  test("after close nothing is told any more", async () => {
    await write("a.yaml", configMap("a"));
    const { source, batches } = await follow(".");
    await write("a.yaml", configMap("a", "2"));
    await source.close();
    await source.reload();
    expect(batches).toEqual(["+a=1"]);
  });
});
