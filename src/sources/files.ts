import { sep } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { ManifestInput } from "../manifests/manifest-input.ts";
import { diagnose } from "../manifests/manifest-text.ts";
import {
  type DuplicatePair,
  duplicateObjects,
  type LoadedObject,
  type ManifestReading,
} from "../manifests/read-manifest.ts";
import { append } from "../objects/append.ts";
import { immutableFindings } from "../objects/immutable.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { describeObject, idOfKey, keyOf, type ObjectKey } from "../objects/object-key.ts";
import type { Release } from "../objects/release.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { WatchFolder } from "./folder-watches.ts";
import { Lookout } from "./lookout.ts";
import { type FileState, idOfObject, isWorse, stateOf } from "./manifest-file.ts";
import { type FoundFile, isSameSeen, readSeen, type Seen } from "./seen.ts";
import type { Source, SourceSink } from "./source.ts";
import { PATIENCE, type Patience, Standing } from "./standing.ts";
import { type Survey, survey } from "./survey.ts";

export interface FileSourceOptions {
  /**
   * Files, folders (all `.yaml`, `.yml` and `.json` below), globs, URLs, `-` for standard input, and renderings.
   */
  readonly manifests: readonly ManifestInput[];
  /**
   * Paths that walks of folders leave out in addition to those of `.gitignore` and `.kubelaneignore`: patterns of the
   * same form, relative to `cwd`.
   */
  readonly exclude?: readonly string[];
  /** The release of the API server whose rules are applied. Default: the newest that is known. */
  readonly release?: Release | undefined;
  /** Follow the files after the first reading. Default: false. */
  readonly watch?: boolean;
  /** What relative paths are relative to. Default: the process's. */
  readonly cwd?: string;
  /** Environment of the tools that render manifests. Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the process's. */
  readonly stdin?: NodeJS.ReadableStream;
  /** For how long files must not change before they are used. */
  readonly patience?: Patience;
  /** Default: the system's. */
  readonly watchFolder?: WatchFolder;
  /** Milliseconds between checks without a reported change. Default: 5,000. */
  readonly seldom?: number;
}

/**
 * Objects from files. Where something becomes invalid, the last valid state is kept: that of the object, or of all
 * the file's objects. The same holds for a file that is being written, until it is complete.
 */
export interface FileSource extends Source {
  /** @param manifests replaces the former ones: objects that were only in those are deleted. */
  reload(manifests?: readonly ManifestInput[]): Promise<Diagnostic[]>;
  /** The served objects with their positions, in order. */
  readonly objects: readonly LoadedObject[];
  /** The text of a rendering, by its name in positions. */
  renderedText(name: string): string | undefined;
  /** One of them. */
  find(key: ObjectKey): LoadedObject | undefined;
  /** Parts of the files that are not served. */
  readonly notRead: Pick<ManifestReading, "refused" | "unidentified">;
}

/** A source of the objects in manifest files. */
export function createFileSource(options: FileSourceOptions): FileSource {
  return new Files(options);
}

/** The findings of one look. */
interface Look {
  /** All findings. */
  readonly all: Diagnostic[];
  /** Findings that were not reported before. */
  readonly changed: Diagnostic[];
  readonly mended: string[];
  /** When to look again without a reported change; infinite when nothing waits. */
  readonly again: number;
}

class Files implements FileSource {
  objects: readonly LoadedObject[] = [];
  readonly #cwd: string;
  readonly #env: NonNullable<FileSourceOptions["env"]>;
  readonly #exclude: readonly string[];
  readonly #release: Release | undefined;
  readonly #stdin: NodeJS.ReadableStream;
  readonly #standing: Standing<FileState>;
  readonly #patience: Patience;
  readonly #lookout: Lookout | undefined;
  #manifests: readonly ManifestInput[];
  #sink: SourceSink = { apply: () => undefined };
  #states = new Map<string, FileState>();
  #served = new Map<string, LoadedObject>();
  /** Findings about paths, by their text, and since when they hold. */
  #pathFindings = new Map<string, number>();
  /** Reported findings that still hold, about paths and about objects of one name. */
  #told = new Set<string>();
  /** Files, as in positions, with reported findings that still hold. */
  #troubled: ReadonlySet<string> = new Set();
  /** Reads run one after another, never two at once. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: FileSourceOptions) {
    this.#manifests = options.manifests;
    this.#cwd = options.cwd ?? process.cwd();
    this.#env = options.env ?? process.env;
    this.#exclude = options.exclude ?? [];
    this.#release = options.release;
    this.#stdin = options.stdin ?? process.stdin;
    this.#patience = options.patience ?? PATIENCE;
    this.#standing = new Standing(this.#patience, isWorse);
    if (options.watch !== true) return;
    this.#lookout = new Lookout({
      cwd: this.#cwd,
      ...(options.watchFolder && { watchFolder: options.watchFolder }),
      ...(options.seldom !== undefined && { seldom: options.seldom }),
      onTime: () => this.#enqueue(() => this.#follow()),
      onUnwatched: (finding) => this.#sink.found?.([finding]),
      onError: (error) => this.#sink.fault?.(error),
    });
  }

  async start(sink: SourceSink): Promise<Diagnostic[]> {
    this.#sink = sink;
    return this.reload();
  }

  async reload(manifests?: readonly ManifestInput[]): Promise<Diagnostic[]> {
    return this.#enqueue(async () => {
      this.#manifests = manifests ?? this.#manifests;
      const { all, again } = await this.#look(true, manifests === undefined);
      this.#lookout?.again(again);
      return all;
    });
  }

  renderedText(name: string): string | undefined {
    for (const { sections } of this.#states.values()) {
      const found = sections?.find((section) => section.name === name);
      if (found !== undefined) return found.text;
    }
    return undefined;
  }

  get notRead() {
    const refused: ObjectKey[] = [];
    let unidentified = 0;
    for (const state of this.#states.values()) {
      append(refused, state.refused);
      unidentified += state.unidentified;
    }
    return { refused, unidentified };
  }

  owns(key: ObjectKey): boolean {
    return this.#served.has(idOfKey(key));
  }

  find(key: ObjectKey): LoadedObject | undefined {
    return this.#served.get(idOfKey(key));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#lookout?.close();
    await this.#queue.catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #follow(): Promise<void> {
    if (this.#closed) return;
    const { changed, mended, again } = await this.#look(false);
    if (changed.length > 0) this.#sink.found?.(changed);
    if (mended.length > 0) this.#sink.mended?.(mended);
    this.#lookout?.again(again);
  }

  /**
   * @param atOnce take the present content, even if a file changed a moment ago.
   * @param anew as if every file had changed.
   */
  async #look(atOnce: boolean, anew = false): Promise<Look> {
    const found = await this.#survey();
    const states = new Map<string, FileState>();
    const all: Diagnostic[] = [...found.diagnostics];
    const changed: Diagnostic[] = [];
    const lasting: Diagnostic[] = [];
    let again = Number.POSITIVE_INFINITY;
    for await (const [file, seen] of this.#seen(found, atOnce)) {
      const before = this.#states.get(file.path);
      const read = () => stateOf(file, seen, before, this.#release);
      let state: FileState | undefined;
      if (before !== undefined && isSameSeen(before.seen, seen)) {
        this.#standing.forget(file.path);
        state = { ...before, seen };
      } else if (atOnce) {
        this.#standing.forget(file.path);
        state = read();
      } else {
        const result = this.#standing.consider(file.path, seen, before, read, performance.now());
        if ("again" in result) again = Math.min(again, result.again);
        state = "state" in result ? result.state : before;
      }
      if (state === undefined || state.seen === GONE) continue;
      states.set(file.path, state);
      append(lasting, state.diagnostics);
      if (state.diagnostics !== before?.diagnostics) append(changed, state.diagnostics);
    }
    append(all, lasting);
    if (this.#closed) return { all, changed: [], mended: [], again };
    const { duplicates, immutable } = this.#serve(states, anew);
    append(all, duplicates);
    append(all, immutable);
    append(changed, immutable);
    const paths = this.#lastingPathFindings(found.diagnostics, atOnce);
    append(paths.lasting, this.#lastingDuplicates(duplicates));
    const told = this.#told;
    this.#told = new Set(paths.lasting.map(idOf));
    append(
      changed,
      paths.lasting.filter((finding) => !told.has(idOf(finding))),
    );
    append(lasting, paths.lasting);
    return { all, changed, mended: this.#mended(lasting), again: Math.min(again, paths.again) };
  }

  /** @param lasting findings that were reported before, or are now, and hold. */
  #mended(lasting: readonly Diagnostic[]): string[] {
    const before = this.#troubled;
    const now = new Set(lasting.map(({ position }) => position?.file ?? ""));
    this.#troubled = now;
    return [...before].filter((file) => !now.has(file));
  }

  async #survey() {
    const lookout = this.#lookout;
    lookout?.begin();
    const onFolder = lookout && { onFolder: lookout.add };
    const found = await survey(this.#manifests, {
      cwd: this.#cwd,
      env: this.#env,
      exclude: this.#exclude,
      onTool:
        this.#sink.told && ((input, tool) => this.#sink.told?.(`${input} is rendered by ${tool}`)),
      ...onFolder,
    });
    lookout?.end();
    return found;
  }

  /** The content of each file on disk: several are read in parallel, as reading mostly waits. */
  async *#seen(found: Survey, atOnce: boolean): AsyncIterable<readonly [FoundFile, Seen]> {
    const files = [...this.#withThoseBefore(found, atOnce)];
    for (let at = 0; at < files.length; at += READ_TOGETHER) {
      const part = files.slice(at, at + READ_TOGETHER);
      const seen = await Promise.all(
        part.map(([file, isListed]) => (isListed ? this.#readSeen(file, atOnce) : GONE)),
      );
      for (const [index, [file]] of part.entries()) yield [file, seen[index] as Seen];
    }
  }

  #readSeen(file: FoundFile, atOnce: boolean): Promise<Seen> {
    const lastSeen = this.#standing.lastSeen(file.path) ?? this.#states.get(file.path)?.seen;
    return readSeen(file, lastSeen, this.#stdin, atOnce);
  }

  /** Files that are missing now are kept for as long as an editor may be replacing them. */
  *#withThoseBefore(
    { files, unlisted }: Survey,
    atOnce: boolean,
  ): Iterable<readonly [file: FoundFile, isListed: boolean]> {
    const listed = new Set<string>();
    for (const file of files) {
      listed.add(file.path);
      yield [file, true];
    }
    for (const [path, { objects }] of this.#states) {
      const shownAs = objects[0]?.file;
      if (listed.has(path) || shownAs === undefined) continue;
      const isHidden = unlisted.some((at) => path === at || path.startsWith(at + sep));
      if (isHidden || !atOnce) yield [{ path, shownAs, stats: undefined }, isHidden];
      else this.#standing.forget(path);
    }
  }

  /** No new files while something waits: an object that is moved between files is in both for a moment. */
  #lastingDuplicates(found: readonly Diagnostic[]): Diagnostic[] {
    return found.filter((each) => !this.#standing.isWaiting || this.#told.has(idOf(each)));
  }

  /** A missing folder may come back. */
  #lastingPathFindings(found: readonly Diagnostic[], atOnce: boolean) {
    const now = performance.now();
    const before = this.#pathFindings;
    this.#pathFindings = new Map();
    const lasting: Diagnostic[] = [];
    let again = Number.POSITIVE_INFINITY;
    for (const finding of found) {
      const id = idOf(finding);
      const since = atOnce ? Number.NEGATIVE_INFINITY : (before.get(id) ?? now);
      this.#pathFindings.set(id, since);
      const due = since + this.#patience.removal;
      if (now >= due) lasting.push(finding);
      else again = Math.min(again, due);
    }
    return { lasting, again };
  }

  /**
   * Passes the difference to the sink.
   * @returns findings about objects of one name, and about changes that a cluster would refuse.
   */
  #serve(
    states: Map<string, FileState>,
    anew: boolean,
  ): { duplicates: Diagnostic[]; immutable: Diagnostic[] } {
    const duplicates: DuplicatePair[] = [];
    const served = new Map<string, LoadedObject>();
    const restored = new Set<string>();
    for (const [path, { objects }] of states) {
      const isChanged = anew || objects !== this.#states.get(path)?.objects;
      for (const loaded of objects) {
        const id = idOfObject(loaded.object);
        const first = served.get(id);
        if (first === undefined) served.set(id, loaded);
        else duplicates.push({ first, second: loaded });
        // An object that a client changed meanwhile is set to its file's content again, even if the file's change is
        // elsewhere.
        if (isChanged && this.#sink.isOverridden?.(keyOf(loaded.object))) restored.add(id);
      }
    }
    const batch = difference(this.#served, served, restored);
    const immutable = batch.flatMap((operation) =>
      operation.op === "put" ? this.#immutable(served, operation.object) : [],
    );
    this.#states = states;
    this.#served = served;
    this.objects = [...served.values()];
    if (batch.length > 0) this.#sink.apply(batch);
    return { duplicates: duplicateObjects(duplicates), immutable };
  }

  #immutable(served: ReadonlyMap<string, LoadedObject>, object: KubernetesObject): Diagnostic[] {
    const id = idOfObject(object);
    const [before, now] = [this.#served.get(id), served.get(id)];
    if (before === undefined || now === undefined) return [];
    return immutableFindings(before.object, object).map((finding) =>
      diagnose(finding, now, describeObject(object)),
    );
  }
}

/** Files that are read in parallel: enough to keep the system's threads busy, with few open at a time. */
const READ_TOGETHER = 64;

/** The state of a file that no given path contains any more. */
const GONE: Seen = { text: undefined, finding: undefined, missing: true, stamp: undefined };

function idOf(finding: Diagnostic): string {
  return JSON.stringify(finding);
}

function difference(
  before: ReadonlyMap<string, LoadedObject>,
  after: ReadonlyMap<string, LoadedObject>,
  restored: ReadonlySet<string>,
): Operation[] {
  const batch: Operation[] = [];
  for (const [id, { object }] of before) {
    if (!after.has(id)) batch.push({ op: "delete", key: keyOf(object) });
  }
  for (const [id, { object }] of after) {
    const previous = before.get(id)?.object;
    const isSame = previous !== undefined && jsonEqual(previous, object);
    if (isSame && !restored.has(id)) continue;
    batch.push({ op: "put", object });
  }
  return batch;
}
