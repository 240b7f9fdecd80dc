import { EventEmitter, once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LoadedObject } from "../../src/manifests/read-manifest.ts";
import { createFileSource, type FileSource } from "../../src/sources/files.ts";
import type { Operation } from "../../src/store/operation.ts";
import { doStep, type Step, steps } from "./file-steps.ts";

/** Sequences of steps; the long run is 2,000. */
const SEQUENCES = Number(process.env["FILE_SEQUENCES"] ?? 150);
const SEED = Number(process.env["FILE_SEED"] ?? 14);
/** Sequences at a time: most of each is waiting. */
const LANES = 24;
/** Milliseconds until what is on disk must be served, on a busy machine. */
const AT_LAST = 20_000;

const PATHS = ["k8s", "other", "late/*.yaml", "k8s/a.yaml"];

test(`after each quiet moment of ${SEQUENCES} sequences, what is on disk is what is served`, async () => {
  const sequences = fc.sample(steps, { numRuns: SEQUENCES, seed: SEED });
  const failures: string[] = [];
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < sequences.length && failures.length === 0; i = next++) {
      const failure = await run(sequences[i] ?? []);
      if (failure !== undefined) {
        const told = sequences[i]?.map((step) => JSON.stringify(step)).join("\n");
        failures.push(`seed ${SEED}, sequence ${i}: ${failure}\n${told}`);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  expect(failures).toEqual([]);
}, 600_000);

/** @returns what was not as it must be. */
async function run(sequence: readonly Step[]): Promise<string | undefined> {
  const root = await mkdtemp(join(tmpdir(), "kubelane-steps-"));
  const events = new EventEmitter();
  const store = new Map<string, string>();
  const apply = (batch: readonly Operation[]) => {
    for (const operation of batch) {
      if (operation.op === "delete") store.delete(operation.key.name);
      if (operation.op === "put")
        store.set(operation.object.metadata.name, dataOf(operation.object));
    }
    events.emit("batch");
  };
  await using source = createFileSource({
    manifests: PATHS,
    cwd: root,
    watch: true,
    // Nothing is found by looking now and then: every change has to be told.
    seldom: Number.POSITIVE_INFINITY,
    patience: { settle: 4, writing: 25, removal: 15, whole: 200 },
  });
  try {
    await source.start({ apply });
    const held = new Held();
    const quiet = async (): Promise<void> => {
      const give = AbortSignal.timeout(AT_LAST);
      for (;;) {
        const why = await held.difference(root, store, source);
        if (why === undefined) return;
        if (give.aborted) throw new Error(why);
        const pause = new AbortController();
        const timer = setTimeout(() => pause.abort(), 200);
        await once(events, "batch", { signal: pause.signal }).catch(() => undefined);
        clearTimeout(timer);
      }
    };
    for (const step of sequence) await doStep(root, step, quiet);
    await repair(root);
    await quiet();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Errors that leave no object of a file unread. */
const COMPLETE: ReadonlySet<string> = new Set(["duplicate-object", "file-unreadable"]);

/** What files had that say nothing, or nonsense, at the moment: it may be served on. */
class Held {
  readonly #values = new Map<string, Set<string>>();

  /** @returns undefined when what is served is what a fresh look finds. */
  async difference(
    root: string,
    store: ReadonlyMap<string, string>,
    { objects }: FileSource,
  ): Promise<string | undefined> {
    this.#note(objects);
    await using fresh = createFileSource({ manifests: PATHS, cwd: root });
    const findings = await fresh.start({ apply: () => undefined });
    this.#note(fresh.objects);
    const isWhole =
      !findings.some(({ rule, severity }) => severity === "error" && !COMPLETE.has(rule)) &&
      !(await blankFiles(root));
    const expected = new Map(
      fresh.objects.map(({ object }) => [object.metadata.name, dataOf(object)]),
    );
    for (const name of new Set([...expected.keys(), ...store.keys()])) {
      const [is, shall] = [store.get(name), expected.get(name)];
      if (is === shall) continue;
      const isHeld = !isWhole && is !== undefined && this.#values.get(name)?.has(is) === true;
      if (!isHeld) return `${name} is ${is}, and on disk it is ${shall}`;
    }
    return undefined;
  }

  #note(objects: readonly LoadedObject[]): void {
    for (const { object } of objects) {
      const { name } = object.metadata;
      this.#values.set(name, (this.#values.get(name) ?? new Set()).add(dataOf(object)));
    }
  }
}

function dataOf(object: object): string {
  return (object as { readonly data?: { readonly value?: string } }).data?.value ?? "";
}

/** Whether some manifest says nothing. */
async function blankFiles(root: string): Promise<boolean> {
  for (const path of await manifests(root)) {
    if ((await readFile(path, "utf8").catch(() => "x")).trim() === "") return true;
  }
  return false;
}

/** Ends the sequence with files that all say something, so that nothing is held. */
async function repair(root: string): Promise<void> {
  for (const path of await manifests(root)) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    await using alone = createFileSource({ manifests: [path], cwd: root });
    const found = await alone.start({ apply: () => undefined });
    if (found.length === 0 && alone.objects.length > 0) continue;
    await truncate(path);
    const name = path.replace(/\W/g, "").slice(-8).toLowerCase();
    const object = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
    const json = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
    await writeFile(path, path.endsWith(".json") ? json : object);
  }
}

async function manifests(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  const paths: string[] = [];
  for (const name of names) {
    if (!/\.(?:ya?ml|json)$/.test(name)) continue;
    const path = join(root, name);
    const isFile = await stat(path).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isFile) paths.push(path);
  }
  return paths;
}
