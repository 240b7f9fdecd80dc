import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { duplicateObject, type LoadedObject } from "../manifests/read-manifest.ts";
import { append } from "../objects/append.ts";
import { immutableFindings } from "../objects/immutable.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { describeObject, keyOf } from "../objects/object-key.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import { type FileWatcher, SECOND_LOOK, watchPaths } from "./file-watcher.ts";
import { type FileState, idOfObject, readManifestFile } from "./manifest-file.ts";
import {
  listManifestFiles,
  type ManifestFile,
  type ManifestPath,
  parseManifestPath,
} from "./manifest-paths.ts";

export interface FileSourceOptions {
  /** Files, folders (all `.yaml`, `.yml` and `.json` below), globs, `-` for standard input. */
  readonly paths: readonly string[];
  /** Follow the files after the first reading. Default: false. */
  readonly watch?: boolean;
  /** What changed since the last time, as one batch; not called when nothing did. */
  readonly onBatch: (batch: readonly Operation[]) => void;
  /** The findings in files that changed while they were watched. */
  readonly onDiagnostics?: (diagnostics: readonly Diagnostic[]) => void;
  /** Watched files that had findings, and have none any more. */
  readonly onMended?: (files: readonly string[]) => void;
  /** The watcher failed, or a callback threw while files were watched. */
  readonly onError?: (error: Error) => void;
  /** What relative paths are relative to. Default: the process's. */
  readonly cwd?: string;
  /** Default: the process's. */
  readonly stdin?: NodeJS.ReadableStream;
}

/** Objects from files. What breaks keeps its last good state: the object, or else the file's objects. */
export interface FileSource {
  /**
   * Reads everything, calls `onBatch`, and with `watch` waits until every later change will be seen.
   * Called again, it reads what changed.
   * @param paths instead of those it had: what stood in the others only is gone.
   * @returns the findings in all files.
   */
  load(paths?: readonly string[]): Promise<Diagnostic[]>;
  /** The objects that are served, with the places they came from, in order. */
  readonly objects: readonly LoadedObject[];
  /** Stops watching. The objects stay with whoever has them. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A source of the objects in manifest files. */
export function createFileSource(options: FileSourceOptions): FileSource {
  return new Files(options);
}

class Files implements FileSource {
  objects: readonly LoadedObject[] = [];
  readonly #options: FileSourceOptions;
  readonly #cwd: string;
  #states = new Map<string, FileState>();
  #served = new Map<string, LoadedObject>();
  #given: readonly string[];
  /** As they were given, with what each of them is. */
  #paths = new Map<string, ManifestPath>();
  #watcher: FileWatcher | undefined;
  #secondLook: NodeJS.Timeout | undefined;
  /** Readings run one after another. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: FileSourceOptions) {
    this.#options = options;
    this.#given = options.paths;
    this.#cwd = options.cwd ?? process.cwd();
  }

  async load(paths?: readonly string[]): Promise<Diagnostic[]> {
    const { diagnostics } = await this.#enqueue(async () => {
      this.#given = paths ?? this.#given;
      await this.#aim();
      return this.#read(false);
    });
    return diagnostics;
  }

  /** Finds out what paths are, and watches them: one that was not there counts as a file until it is a folder. */
  async #aim(): Promise<void> {
    const before = this.#paths;
    const paths = new Map<string, ManifestPath>();
    for (const text of this.#given) {
      const known = before.get(text);
      const isMissing = known?.type === "file" && this.#states.get(known.path)?.missing === true;
      const isKnown = known !== undefined && !isMissing;
      paths.set(text, isKnown ? known : await parseManifestPath(text, this.#cwd));
    }
    const isSame = [...paths].every(([text, { type }]) => before.get(text)?.type === type);
    this.#paths = paths;
    const isWatched = this.#watcher !== undefined;
    if (this.#options.watch !== true || this.#closed) return;
    if (isWatched && isSame && before.size === paths.size) return;
    await this.#watcher?.close();
    this.#watcher = undefined;
    // Standard input is read once; a watcher of nothing would never say that it is ready.
    const watched = [...paths.values()].filter(({ type }) => type !== "stdin");
    if (watched.length === 0) return;
    const onError = (error: Error) => this.#options.onError?.(error);
    this.#watcher = watchPaths(watched, () => this.#changed(true), onError);
    // Before the reading, so that no change falls between the two.
    await this.#watcher.ready;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#secondLook);
    await this.#watcher?.close();
    await this.#queue.catch(() => undefined);
    // One that was made meanwhile.
    await this.#watcher?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @param patient whether files that vanished or were emptied get a second look. */
  #changed(patient: boolean): void {
    if (this.#closed) return;
    clearTimeout(this.#secondLook);
    this.#enqueue(() => this.#follow(patient)).catch((error: unknown) => {
      this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
    });
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #follow(patient: boolean): Promise<void> {
    if (this.#closed) return;
    await this.#aim();
    const { changed, mended, suspicious } = await this.#read(patient);
    if (changed.length > 0) this.#options.onDiagnostics?.(changed);
    if (mended.length > 0) this.#options.onMended?.(mended);
    if (suspicious) this.#secondLook = setTimeout(() => this.#changed(false), SECOND_LOOK);
  }

  /** @param patient whether files that vanished or were emptied keep their state for now. */
  async #read(patient: boolean): Promise<{
    diagnostics: Diagnostic[];
    changed: Diagnostic[];
    mended: string[];
    suspicious: boolean;
  }> {
    const { files, diagnostics } = await this.#list(patient);
    const changed: Diagnostic[] = [];
    const mended: string[] = [];
    const states = new Map<string, FileState>();
    let suspicious = false;
    for (const file of files) {
      const before = this.#states.get(file.path);
      const stdin = this.#options.stdin ?? process.stdin;
      let state = await readManifestFile(file, before, stdin);
      if (patient && before !== undefined && isSuspicious(before, state)) {
        suspicious = true;
        state = before;
      }
      states.set(file.path, state);
      append(diagnostics, state.diagnostics);
      if (state !== before) append(changed, state.diagnostics);
      if (before?.diagnostics.length && state.diagnostics.length === 0) mended.push(file.shownAs);
    }
    if (this.#closed) return { diagnostics, changed: [], mended: [], suspicious: false };
    const isNew = (file: string): boolean => states.get(file) !== this.#states.get(file);
    const changedFiles = new Set(files.filter(({ path }) => isNew(path)).map((f) => f.shownAs));
    const { duplicates, immutable } = this.#serve(states);
    for (const duplicate of duplicates) {
      diagnostics.push(duplicate);
      if (changedFiles.has(duplicate.position?.file ?? "")) changed.push(duplicate);
    }
    append(diagnostics, immutable);
    append(changed, immutable);
    return { diagnostics, changed, mended, suspicious };
  }

  /** The files there are, each once; with patience also those there were. */
  async #list(patient: boolean): Promise<{ files: ManifestFile[]; diagnostics: Diagnostic[] }> {
    const files = new Map<string, ManifestFile>();
    const diagnostics: Diagnostic[] = [];
    for (const path of this.#paths.values()) {
      const found = await listManifestFiles(path, this.#cwd);
      for (const file of found.files) if (!files.has(file.path)) files.set(file.path, file);
      append(diagnostics, found.diagnostics);
    }
    if (patient) {
      for (const [path, { objects }] of this.#states) {
        const shownAs = objects[0]?.file;
        if (!files.has(path) && shownAs !== undefined) files.set(path, { path, shownAs });
      }
    }
    return { files: [...files.values()], diagnostics };
  }

  /**
   * Tells the difference to what was served before.
   * @returns findings about objects of one name, and about changes that a cluster would refuse.
   */
  #serve(states: Map<string, FileState>): { duplicates: Diagnostic[]; immutable: Diagnostic[] } {
    const duplicates: Diagnostic[] = [];
    const served = new Map<string, LoadedObject>();
    for (const { objects } of states.values()) {
      for (const loaded of objects) {
        const id = idOfObject(loaded.object);
        const first = served.get(id);
        if (first === undefined) served.set(id, loaded);
        else duplicates.push(duplicateObject(loaded, first));
      }
    }
    const batch = difference(this.#served, served);
    const immutable = batch.flatMap((operation) =>
      operation.op === "put" ? this.#immutable(served, operation.object) : [],
    );
    this.#states = states;
    this.#served = served;
    this.objects = [...served.values()];
    if (batch.length > 0) this.#options.onBatch(batch);
    return { duplicates, immutable };
  }

  #immutable(served: ReadonlyMap<string, LoadedObject>, object: KubernetesObject): Diagnostic[] {
    const id = idOfObject(object);
    const [before, now] = [this.#served.get(id), served.get(id)];
    if (before === undefined || now === undefined) return [];
    return immutableFindings(before.object, object).map(({ at, ...finding }) => ({
      ...finding,
      object: describeObject(object),
      position: now.locate(finding.path, at),
    }));
  }
}

function isSuspicious(before: FileState, now: FileState): boolean {
  return before.objects.length > 0 && (now.missing || now.text?.trim() === "");
}

function difference(
  before: ReadonlyMap<string, LoadedObject>,
  after: ReadonlyMap<string, LoadedObject>,
): Operation[] {
  const batch: Operation[] = [];
  for (const [id, { object }] of before) {
    if (!after.has(id)) batch.push({ op: "delete", key: keyOf(object) });
  }
  for (const [id, { object }] of after) {
    const previous = before.get(id)?.object;
    if (previous === object || (previous !== undefined && jsonEqual(previous, object))) continue;
    batch.push({ op: "put", object });
  }
  return batch;
}
