import { cp, mkdir, readdir, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";

/** Names that a tree of manifests may have, short enough that steps meet. */
const FOLDERS = ["k8s", "k8s/one", "k8s/one/two", "other"] as const;
const FILES = ["k8s/a.yaml", "k8s/b.yml", "k8s/one/c.yaml", "k8s/one/two/d.json", "other/e.yaml"];

/** What happens to a tree. */
export type Step =
  | { readonly do: "create"; readonly file: string; readonly objects: readonly Named[] }
  | { readonly do: "append"; readonly file: string; readonly objects: readonly Named[] }
  | { readonly do: "empty"; readonly file: string }
  | { readonly do: "truncate"; readonly file: string; readonly share: number }
  | { readonly do: "break"; readonly file: string }
  | { readonly do: "save"; readonly file: string; readonly objects: readonly Named[] }
  | { readonly do: "delete"; readonly file: string }
  | { readonly do: "rename"; readonly from: string; readonly to: string }
  | { readonly do: "copy-over"; readonly folder: string }
  | { readonly do: "away-and-back"; readonly folder: string; readonly isQuiet: boolean }
  | { readonly do: "swap-link"; readonly objects: readonly Named[] }
  | { readonly do: "quiet" };

interface Named {
  readonly name: string;
  readonly value: number;
}

const objects = fc.array(
  fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    value: fc.integer({ min: 0, max: 9 }),
  }),
  { minLength: 1, maxLength: 3 },
);
const file = fc.constantFrom(...FILES);
const folder = fc.constantFrom(...FOLDERS);

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("create" as const), file, objects }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("append" as const), file, objects }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("empty" as const), file }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("truncate" as const),
        file,
        share: fc.integer({ min: 0, max: 9 }).map((tenths) => tenths / 10),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("break" as const), file }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("save" as const), file, objects }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), file }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("rename" as const),
        from: fc.oneof(file, folder),
        to: fc.oneof(file, folder),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("copy-over" as const), folder }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("away-and-back" as const),
        folder,
        isQuiet: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("swap-link" as const), objects }) },
    { weight: 4, arbitrary: fc.constant({ do: "quiet" as const }) },
  ),
  { minLength: 4, maxLength: 14 },
);

/** The text of a file, in the language that its name says. */
function textOf(name: string, named: readonly Named[]): string {
  const all = named.map(({ name, value }) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    data: { value: `${value}` },
  }));
  if (name.endsWith(".json")) {
    return `${JSON.stringify({ apiVersion: "v1", kind: "List", items: all }, undefined, 1)}\n`;
  }
  return all
    .map(
      ({ metadata, data }) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${metadata.name}\ndata:\n  value: "${data.value}"\n`,
    )
    .join("---\n");
}

/** Does it below a folder; what can't be done (a file in the way of a folder) is not done. */
export async function doStep(root: string, step: Step, quiet: () => Promise<void>): Promise<void> {
  const at = (name: string) => join(root, name);
  const put = async (name: string, text: string, flag: "w" | "a" = "w") => {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), text, { flag });
  };
  try {
    switch (step.do) {
      case "create":
        return await put(step.file, textOf(step.file, step.objects));
      case "append": {
        const text = `---\n${textOf("x.yaml", step.objects)}`;
        const middle = Math.floor(text.length / 2);
        await put(step.file, text.slice(0, middle), "a");
        return await put(step.file, text.slice(middle), "a");
      }
      case "empty":
        return await truncate(at(step.file));
      case "truncate": {
        const { size } = await import("node:fs/promises").then(({ stat }) => stat(at(step.file)));
        return await truncate(at(step.file), Math.floor(size * step.share));
      }
      case "break":
        return await put(step.file, "kind: [\n", "a");
      case "save":
        await put(`${step.file}~`, textOf(step.file, step.objects));
        return await rename(at(`${step.file}~`), at(step.file));
      case "delete":
        return await rm(at(step.file));
      case "rename":
        return await rename(at(step.from), at(step.to));
      case "copy-over":
        await cp(at(step.folder), at("copy"), { recursive: true, verbatimSymlinks: true });
        await rm(at(step.folder), { recursive: true });
        return await rename(at("copy"), at(step.folder));
      case "away-and-back":
        await rename(at(step.folder), at("away"));
        if (step.isQuiet) await quiet();
        return await rename(at("away"), at(step.folder));
      case "swap-link":
        return await swapLink(at("k8s"), textOf("x.yaml", step.objects));
      case "quiet":
        return await quiet();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** As a kubelet puts a new version of a ConfigMap into place: `..data` leads to another folder. */
async function swapLink(folder: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const versions = (await readdir(folder)).filter((name) => name.startsWith("..v"));
  const version = `..v${versions.length}-${process.hrtime.bigint()}`;
  await mkdir(join(folder, version));
  await writeFile(join(folder, version, "linked.yaml"), text);
  await symlink(version, join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  await symlink("..data/linked.yaml", join(folder, "linked.yaml")).catch(() => undefined);
  for (const old of versions) await rm(join(folder, old), { recursive: true });
}
