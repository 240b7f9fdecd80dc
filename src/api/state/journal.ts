import { constants } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { append } from "../../objects/append.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { idOfKey, keyOf, type ObjectKey } from "../../objects/object-key.ts";

/** One change of the kept objects. */
export type Entry = { readonly put: KubernetesObject } | { readonly delete: ObjectKey };

/** The content of a file. */
export interface JournalReading {
  readonly entries: readonly Entry[];
  /** What was wrong with the end of the file, which is ignored. */
  readonly torn: string | undefined;
}

/** The file is damaged in a way that no interrupted write explains. */
export class StateDamagedError extends Error {
  override readonly name = "StateDamagedError";
  readonly code = "state-damaged";

  constructor(file: string, line: number, problem: string) {
    super(
      `${file}:${line}: ${problem}, and records follow it; delete this line to go on without what it says, or the file to start afresh`,
    );
  }
}

/** The first line of each file: the version of its format. */
const HEADER = { format: 1 };

/** The file is rewritten once it has this length and is several times as long as after the last rewrite. */
const MIN_COMPACTED = 1024 * 1024;
const GROWTH = 4;

interface Batch {
  readonly entries: Entry[];
  readonly written: Promise<void>;
}

/**
 * A file of changes, one record on each line: a checksum, and what was changed together. Changes that arrive while a
 * record is being written share the next one, so that one wait for the disk serves all of them.
 */
export class Journal {
  readonly #file: string;
  /** All kept objects, for rewriting the file. */
  readonly #all: () => Iterable<KubernetesObject>;
  #handle: FileHandle | undefined;
  /** Where the next record begins. Bytes behind it belong to a failed write. */
  #end = 0;
  #compacted = 0;
  #waiting: Batch | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(file: string, all: () => Iterable<KubernetesObject>) {
    this.#file = file;
    this.#all = all;
  }

  /** Adds a change. `saved` is called when it is on disk. */
  append(entry: Entry): void {
    this.#waiting ??= this.#begin();
    this.#waiting.entries.push(entry);
  }

  /**
   * Resolves when everything that was appended is on disk.
   * @throws the error of writing; the next successful record includes what was not written
   */
  saved(): Promise<void> {
    return this.#waiting?.written ?? this.#last;
  }

  /** Rewrites the file with nothing but the present objects. */
  async compact(): Promise<void> {
    const fresh = `${this.#file}.new`;
    const handle = await open(fresh, "w", 0o600);
    try {
      const entries = [...this.#all()].map((object): Entry => ({ put: object }));
      const text = recordOf(HEADER) + entries.map((entry) => recordOf([entry])).join("");
      await handle.writeFile(text);
      await handle.sync();
      await rename(fresh, this.#file);
      await syncFolder(dirname(this.#file));
      this.#end = Buffer.byteLength(text);
      this.#compacted = this.#end;
    } catch (error) {
      await handle.close();
      throw error;
    }
    await this.#handle?.close();
    this.#handle = handle;
  }

  async close(): Promise<void> {
    await this.saved().catch(() => undefined);
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #begin(): Batch {
    const entries: Entry[] = [];
    const written = this.#last
      .catch(() => undefined)
      .then(() => {
        this.#waiting = undefined;
        return this.#write(entries);
      });
    this.#last = written;
    // The failure is reported to the caller of the write.
    written.catch(() => undefined);
    return { entries, written };
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    const isLong = this.#end > Math.max(MIN_COMPACTED, GROWTH * this.#compacted);
    // After a failed write the file's content is unknown.
    if (this.#handle === undefined || isLong) return this.compact();
    const record = Buffer.from(recordOf(entries));
    const handle = this.#handle;
    try {
      await writeAll(handle, record, this.#end);
      await handle.datasync();
      this.#end += record.length;
    } catch (error) {
      this.#handle = undefined;
      await handle.close().catch(() => undefined);
      throw error;
    }
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/**
 * A new name is on disk only when its folder was synced; systems whose folders can't be opened do that by themselves.
 */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EISDIR" && code !== "EPERM" && code !== "EINVAL" && code !== "EACCES")
      throw error;
  } finally {
    await handle?.close();
  }
}

/**
 * Reads the file. An incomplete record at its end was being written when the process was killed, and no client was
 * told that it is kept.
 * @param file its name in messages
 * @throws StateDamagedError for an invalid record anywhere else
 */
export function readJournal(text: string, file: string): JournalReading {
  const lines = text.split("\n");
  const rest = lines.pop();
  const entries: Entry[] = [];
  let torn = rest === "" ? undefined : `the last record has no end`;
  for (const [index, line] of lines.entries()) {
    const record = parseRecord(line);
    if (typeof record !== "string") {
      if (Array.isArray(record)) append(entries, record as Entry[]);
      else if ((record as typeof HEADER).format !== HEADER.format)
        throw new StateDamagedError(file, index + 1, "a format that this version does not know");
      continue;
    }
    const isLast = index === lines.length - 1 && torn === undefined;
    if (!isLast) throw new StateDamagedError(file, index + 1, record);
    torn = record;
  }
  return { entries, torn };
}

/** The objects that result from a file's changes. */
export function replay(entries: readonly Entry[]): Map<string, KubernetesObject> {
  const kept = new Map<string, KubernetesObject>();
  for (const entry of entries) {
    if ("put" in entry) kept.set(idOfKey(keyOf(entry.put)), entry.put);
    else kept.delete(idOfKey(entry.delete));
  }
  return kept;
}

function recordOf(content: unknown): string {
  const text = JSON.stringify(content);
  return `${checksum(text)} ${text}\n`;
}

/** @returns the record, or a text that says what is wrong with it */
function parseRecord(line: string): unknown {
  const text = line.slice(9);
  if (line[8] !== " " || line.slice(0, 8) !== checksum(text)) return "a record is not whole";
  return JSON.parse(text);
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
