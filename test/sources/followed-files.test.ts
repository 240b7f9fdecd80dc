import { EventEmitter, once } from "node:events";
import { watch } from "node:fs";
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createFileSource,
  type FileSource,
  type FileSourceOptions,
} from "../../src/sources/files.ts";
import type { WatchFolder } from "../../src/sources/folder-watches.ts";

let folder: string;
const open: FileSource[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubelane-followed-"));
});
afterEach(async () => {
  for (const source of open.splice(0)) await source.close();
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);

async function write(name: string, text: string): Promise<void> {
  await mkdir(join(at(name), ".."), { recursive: true });
  await writeFile(at(name), text);
}

const configMap = (name: string, value = "1") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: "${value}"\n`;

const all = (...parts: readonly string[]) => parts.join("---\n");

/** Looks only when it is told of a change, unless a test says otherwise. */
async function follow(paths: readonly string[], options: Partial<FileSourceOptions> = {}) {
  const events = new EventEmitter();
  const batches: string[] = [];
  const rules: string[] = [];
  const mended: string[] = [];
  const seldom = Number.POSITIVE_INFINITY;
  const source = createFileSource({
    manifests: paths,
    cwd: folder,
    watch: true,
    seldom,
    ...options,
  });
  open.push(source);
  const found = await source.start({
    apply(batch) {
      batches.push(
        batch
          .map((operation) =>
            operation.op === "delete"
              ? `-${operation.key.name}`
              : operation.op === "put"
                ? `+${operation.object.metadata.name}=${(operation.object as { data?: { value?: string } }).data?.value}`
                : "?",
          )
          .join(" "),
      );
      events.emit("told");
    },
    found(diagnostics) {
      for (const { rule, position } of diagnostics) rules.push(`${position?.file} ${rule}`);
      events.emit("told");
    },
    mended(files) {
      mended.push(...files);
      events.emit("told");
    },
  });
  for (const { rule, position } of found) rules.push(`${position?.file} ${rule}`);
  return {
    source,
    batches,
    rules,
    mended,
    until: async (isSo: () => boolean) => {
      const signal = AbortSignal.timeout(20_000);
      while (!isSo()) await once(events, "told", { signal });
    },
    values: () =>
      source.objects
        .map(({ object }) => {
          const { data } = object as { readonly data?: { readonly value?: string } };
          return `${object.metadata.name}=${data?.value}`;
        })
        .sort()
        .join(" "),
  };
}

describe("a file that is being written", () => {
  test("that is emptied for a second and then filled takes nothing away", async () => {
    await write("k8s/all.yaml", all(configMap("a"), configMap("b")));
    const { batches, until } = await follow(["k8s"]);
    await truncate(at("k8s/all.yaml"));
    // As `(sleep 1; cat new.yaml) > k8s/all.yaml`.
    await setTimeout(1_100);
    await writeFile(at("k8s/all.yaml"), all(configMap("a", "2"), configMap("b")));
    await until(() => batches.length === 2);
    expect(batches).toEqual(["+a=1 +b=1", "+a=2"]);
  });

  test("that stays empty is told, and served on until it has text or is removed", async () => {
    await write("k8s/all.yaml", configMap("a"));
    const { batches, rules, mended, until } = await follow(["k8s"]);
    await truncate(at("k8s/all.yaml"));
    await until(() => rules.includes("k8s/all.yaml file-emptied"));
    await writeFile(at("k8s/all.yaml"), "\n  \n");
    expect(batches).toEqual(["+a=1"]);
    await writeFile(at("k8s/all.yaml"), configMap("b"));
    await until(() => mended.includes("k8s/all.yaml"));
    expect(batches.slice(1)).toEqual(["-a +b=1"]);
    await truncate(at("k8s/all.yaml"));
    await until(() => rules.filter((rule) => rule.endsWith("file-emptied")).length === 2);
    await unlink(at("k8s/all.yaml"));
    await until(() => batches.length === 3);
    expect(batches.at(-1)).toBe("-b");
  });

  test("in pieces counts when it is whole: no object is lost or half on the way", async () => {
    const text = all(configMap("a"), configMap("b", "long".repeat(50)), configMap("c"));
    await write("k8s/all.yaml", text);
    const { batches, rules, until } = await follow(["k8s"]);
    const next = text.replaceAll("long", "size");
    await truncate(at("k8s/all.yaml"));
    for (let i = 0; i < next.length; i += 20) {
      await appendFile(at("k8s/all.yaml"), next.slice(i, i + 20));
      await setTimeout(15);
    }
    await until(() => batches.length === 2);
    expect(batches[1]).toBe(`+b=${"size".repeat(50)}`);
    expect(rules).toEqual([]);
  });

  test.each([
    [
      "at a line's end, where what is left is whole YAML",
      (text: string) => text.indexOf("\ndata:") + 1,
    ],
    ["in a line", (text: string) => text.indexOf("ConfigMap") + 3],
    ["at the last line break", (text: string) => text.length - 1],
  ])("cut off %s counts only when it has stood still", async (_, end) => {
    const text = configMap("a");
    await write("a.yaml", text);
    const { batches, until } = await follow(["a.yaml"]);
    await truncate(at("a.yaml"), end(text));
    await setTimeout(300);
    expect(batches).toHaveLength(1);
    await writeFile(at("a.yaml"), configMap("a", "2"));
    await until(() => batches.length === 2);
    expect(batches[1]).toBe("+a=2");
  });

  test("that lost objects for good loses them when it has stood still", async () => {
    await write("all.yaml", all(configMap("a"), configMap("b")));
    const { batches, until } = await follow(["all.yaml"]);
    await writeFile(at("all.yaml"), configMap("a"));
    await until(() => batches.length === 2);
    expect(batches[1]).toBe("-b");
  });

  test("an object that moves to another file is never gone, nor told as double", async () => {
    await write("k8s/a.yaml", all(configMap("a"), configMap("b")));
    const { batches, rules, until, values } = await follow(["k8s"]);
    await writeFile(at("k8s/b.yaml"), all(configMap("b"), configMap("c")));
    await writeFile(at("k8s/a.yaml"), configMap("a"));
    await until(() => batches.length === 2);
    await rename(at("k8s/b.yaml"), at("k8s/z.yaml"));
    await writeFile(at("k8s/d.yaml"), configMap("d"));
    await until(() => batches.length === 3);
    expect(batches).toEqual(["+a=1 +b=1", "+c=1", "+d=1"]);
    expect(values()).toBe("a=1 b=1 c=1 d=1");
    expect(rules).toEqual([]);
  });
});

describe("a folder", () => {
  test("of many files is read whole, in the order of their names", async () => {
    const names = Array.from({ length: 200 }, (_, index) => `c${`${index}`.padStart(3, "0")}`);
    await Promise.all(names.map((name) => write(`k8s/${name}.yaml`, configMap(name))));
    const { source } = await follow(["k8s"]);
    expect(source.objects.map(({ object }) => object.metadata.name)).toEqual(names);
  });

  test("that is renamed and renamed back is never gone", async () => {
    await write("k8s/a.yaml", configMap("a"));
    const { batches, until } = await follow(["k8s"]);
    await rename(at("k8s"), at("x"));
    await rename(at("x"), at("k8s"));
    await writeFile(at("k8s/a.yaml"), configMap("a", "2"));
    await until(() => batches.length === 2);
    expect(batches).toEqual(["+a=1", "+a=2"]);
  });

  test("that another one takes the place of is followed in that one", async () => {
    await write("m/a.yaml", configMap("a"));
    const { batches, until } = await follow(["m"]);
    await cp(at("m"), at("m3"), { recursive: true });
    await rm(at("m"), { recursive: true });
    await rename(at("m3"), at("m"));
    await writeFile(at("m/a.yaml"), configMap("a", "2"));
    await until(() => batches.length === 2);
    await writeFile(at("m/b.yaml"), configMap("b"));
    await until(() => batches.length === 3);
    expect(batches).toEqual(["+a=1", "+a=2", "+b=1"]);
  });

  test("that a branch does not have is told and gone, and followed when it is back", async () => {
    await write("app/k8s/a.yaml", configMap("a"));
    const { batches, rules, mended, until } = await follow(["app/k8s"]);
    await rm(at("app"), { recursive: true });
    await until(() => batches.length === 2 && rules.length === 1);
    expect(rules).toEqual(["app/k8s file-unreadable"]);
    await write("app/k8s/a.yaml", configMap("a", "2"));
    await until(() => batches.length === 3 && mended.length > 0);
    await write("app/k8s/a.yaml", configMap("a", "3"));
    await until(() => batches.length === 4);
    expect(batches).toEqual(["+a=1", "-a", "+a=2", "+a=3"]);
    expect(mended).toEqual(["app/k8s"]);
  });

  test("above it that is replaced is followed", async () => {
    await write("home/app/k8s/a.yaml", configMap("a"));
    await write("next/app/k8s/a.yaml", configMap("a", "2"));
    const { batches, until } = await follow(["home/app/k8s/*.yaml"]);
    await rename(at("home"), at("old"));
    await rename(at("next"), at("home"));
    await until(() => batches.length === 2);
    await write("home/app/k8s/a.yaml", configMap("a", "3"));
    await until(() => batches.length === 3);
    expect(batches).toEqual(["+a=1", "+a=2", "+a=3"]);
  });

  test("that appears after the start is followed, whatever of its path is there", async () => {
    const { batches, rules, until } = await follow(["not/yet/there", "late/**/*.yaml"]);
    expect(rules).toEqual(["late file-unreadable", "not/yet/there file-unreadable"]);
    await write("not/yet/there/a.yaml", configMap("a"));
    await until(() => batches.length === 1);
    await write("late/x/b.yaml", configMap("b"));
    await until(() => batches.length === 2);
    expect(batches).toEqual(["+a=1", "+b=1"]);
  });
});

describe("a link", () => {
  test("that is led elsewhere, as kubelets do, is followed", async () => {
    await write("k8s/..v1/all.yaml", configMap("a"));
    await symlink("..v1", at("k8s/..data"));
    await symlink("..data/all.yaml", at("k8s/all.yaml"));
    const { batches, until } = await follow(["k8s"]);
    for (const version of ["2", "3"]) {
      await write(`k8s/..v${version}/all.yaml`, configMap("a", version));
      await symlink(`..v${version}`, at("k8s/..tmp"));
      await rename(at("k8s/..tmp"), at("k8s/..data"));
      await until(() => batches.length === Number(version));
    }
    expect(batches).toEqual(["+a=1", "+a=2", "+a=3"]);
  });

  test("on the way to a path is followed, and so is what it leads to", async () => {
    await write("releases/1/k8s/a.yaml", configMap("a"));
    await write("releases/2/k8s/a.yaml", configMap("a", "2"));
    await symlink("releases/1", at("current"));
    const { batches, until } = await follow(["current/k8s"]);
    await write("releases/1/k8s/b.yaml", configMap("b"));
    await until(() => batches.length === 2);
    await symlink("releases/2", at("next"));
    await rename(at("next"), at("current"));
    await until(() => batches.length === 4);
    await write("releases/2/k8s/a.yaml", configMap("a", "3"));
    await until(() => batches.length === 5);
    expect(batches).toEqual(["+a=1", "+b=1", "+a=2", "-b", "+a=3"]);
  });
});

describe("where nobody tells of changes", () => {
  test.each(["ENOSPC", "EMFILE"])(
    "%s: it is said once, with the way out, and changes are looked for",
    async (code) => {
      await write("k8s/a.yaml", configMap("a"));
      await write("k8s/sub/b.yaml", configMap("b"));
      const watchFolder = () => {
        throw Object.assign(new Error("no more watches"), { code });
      };
      const { batches, rules, until } = await follow(["k8s"], { watchFolder });
      await writeFile(at("k8s/a.yaml"), configMap("a", "2"));
      await until(() => batches.length === 2);
      await writeFile(at("k8s/sub/c.yaml"), configMap("c"));
      await until(() => batches.length === 3);
      expect(rules.filter((rule) => rule.endsWith("not-watched"))).toHaveLength(1);
      expect(batches).toEqual(["+a=1 +b=1", "+a=2", "+c=1"]);
    },
  );

  test("a watch that breaks as soon as it is there is made again", async () => {
    await write("k8s/a.yaml", configMap("a"));
    const watched: string[] = [];
    const watchFolder: WatchFolder = (path, listener) => {
      const watcher = watch(path, listener);
      const isFirst = path === at("k8s") && !watched.includes(path);
      if (isFirst) process.nextTick(() => watcher.emit("error", new Error("broken")));
      watched.push(path);
      return watcher;
    };
    const { batches, until } = await follow(["k8s"], { watchFolder });
    await expect.poll(() => watched.filter((path) => path === at("k8s"))).toHaveLength(2);
    await writeFile(at("k8s/a.yaml"), configMap("a", "2"));
    await until(() => batches.length === 2);
    expect(batches).toEqual(["+a=1", "+a=2"]);
  });

  test("a change that the system did not tell of is found by looking now and then", async () => {
    await write("k8s/a.yaml", configMap("a"));
    const watchFolder = () => Object.assign(new EventEmitter(), { close: () => undefined });
    const { batches, until } = await follow(["k8s"], { watchFolder, seldom: 50 });
    await writeFile(at("k8s/a.yaml"), configMap("a", "2"));
    await until(() => batches.length === 2);
    expect(batches).toEqual(["+a=1", "+a=2"]);
  });
});
