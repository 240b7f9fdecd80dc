import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Entry, Journal, readJournal, replay } from "../../../src/api/state/journal.ts";
import type { KubernetesObject } from "../../../src/objects/object.ts";
import { idOfKey, keyOf } from "../../../src/objects/object-key.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubelane-journal-"));
  file = join(folder, "objects.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const object = (name: string, value: string): KubernetesObject & { data: unknown } => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value },
});
const put = (name: string, value = "1"): Entry => ({ put: object(name, value) });
const gone = (name: string): Entry => ({ delete: keyOf(object(name, "")) });

async function kept(): Promise<string[]> {
  const { entries } = readJournal(await readFile(file, "utf8"), file);
  return [...replay(entries).values()].map((each) => {
    const { metadata, data } = each as ReturnType<typeof object>;
    return `${metadata.name}=${(data as { value: string }).value}`;
  });
}

/** One that keeps what it is told. */
function journal(): { journal: Journal; append(entry: Entry): void } {
  const all = new Map<string, KubernetesObject>();
  const made = new Journal(file, () => all.values());
  return {
    journal: made,
    append(entry) {
      if ("put" in entry) all.set(idOfKey(keyOf(entry.put)), entry.put);
      else all.delete(idOfKey(entry.delete));
      made.append(entry);
    },
  };
}

it("has on disk what it says is saved, for nobody else to read", async () => {
  const { journal: log, append } = journal();
  append(put("a"));
  append(put("b"));
  await log.saved();
  expect(await kept()).toEqual(["a=1", "b=1"]);
  append(gone("a"));
  append(put("b", "2"));
  await log.saved();
  expect(await kept()).toEqual(["b=2"]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await log.close();
});

it("writes the file anew when it has grown, and goes on in it", async () => {
  const { journal: log, append } = journal();
  const large = "x".repeat(100_000);
  for (let i = 0; i < 30; i++) {
    append(put("a", `${i}${large}`));
    await log.saved();
  }
  expect((await stat(file)).size).toBeLessThan(15 * 100_000);
  expect(await kept()).toEqual([`a=29${large}`]);
  append(put("b"));
  await log.close();
  expect(await kept()).toEqual([`a=29${large}`, "b=1"]);
});

it("tells who waits that it can't write, and makes up for it as soon as it can", async () => {
  const { journal: log, append } = journal();
  append(put("a"));
  await rm(folder, { recursive: true });
  await expect(log.saved()).rejects.toThrow(/ENOENT/);
  append(put("b"));
  await expect(log.saved()).rejects.toThrow(/ENOENT/);
  const { mkdir } = await import("node:fs/promises");
  await mkdir(folder);
  append(put("c"));
  await log.saved();
  expect(await kept()).toEqual(["a=1", "b=1", "c=1"]);
  await log.close();
});

it("leaves out a record that is cut off at any place, and nothing before it", async () => {
  const { journal: log, append } = journal();
  append(put("a"));
  await log.saved();
  const whole = (await stat(file)).size;
  append(put("b", "ä€😀"));
  await log.close();
  const bytes = await readFile(file);
  for (let end = whole; end <= bytes.length; end++) {
    await writeFile(file, bytes.subarray(0, end));
    const { torn } = readJournal(await readFile(file, "utf8"), file);
    const isWhole = end === bytes.length;
    expect(await kept()).toEqual(isWhole ? ["a=1", "b=ä€😀"] : ["a=1"]);
    expect(torn === undefined).toBe(isWhole || end === whole);
  }
});

it.each([
  ["a changed byte in the middle", (text: string) => text.replace('"value":"1"', '"value":"7"')],
  ["a line of zeros in the middle", (text: string) => text.replace(/\n[^\n]*\n/, "\n\0\0\0\n")],
])("refuses a file with %s, and says where", async (_, damage) => {
  const { journal: log, append } = journal();
  append(put("a"));
  await log.saved();
  append(put("b"));
  await log.close();
  await writeFile(file, damage(await readFile(file, "utf8")));
  expect(() => readJournal("", file)).not.toThrow();
  const text = await readFile(file, "utf8");
  expect(() => readJournal(text, file)).toThrow(`${file}:2: a record is not whole`);
});

it("refuses a later format", () => {
  expect(() => readJournal('843390fa {"format":2}\n', file)).toThrow(
    `${file}:1: a format that this version does not know`,
  );
});

it("after any changes has what a map has", async () => {
  const change = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    value: fc.option(fc.string(), { nil: undefined }),
    waits: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 30 }), async (changes) => {
      const { journal: log, append } = journal();
      const expected = new Map<string, string>();
      await log.compact();
      for (const { name, value, waits } of changes) {
        append(value === undefined ? gone(name) : put(name, value));
        expected.delete(name);
        if (value !== undefined) expected.set(name, value);
        if (waits) await log.saved();
      }
      await log.close();
      await appendFile(file, "torn");
      expect(new Set(await kept())).toEqual(new Set([...expected].map((each) => each.join("="))));
    }),
    { numRuns: 30 },
  );
});
