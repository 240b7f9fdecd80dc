import { constants } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { append } from "../../objects/append.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { idOfKey, keyOf, type ObjectKey } from "../../objects/object-key.ts";

/** One change of what is kept. */
export type Entry = { readonly put: KubernetesObject } | { readonly delete: ObjectKey };

/** What was in a file. */
export interface JournalReading {
  readonly entries: readonly Entry[];
  /** What was wrong with the end of the file, and is left out. */
  readonly torn: string | undefined;
}

/** The file is damaged where no interrupted write leaves damage. */
export class StateDamagedError extends Error {
  override readonly name = "StateDamagedError";
  readonly code = "state-damaged";

  constructor(file: string, line: number, problem: string) {
    super(
      `${file}:${line}: ${problem}, and records follow it; delete this line to go on without what it says, or the file to start afresh`,
    );
  }
}

/** First in each file, so that a later format can be told from this one. */
const HEADER = { format: 1 };

/** The file is written anew when it is this long, and several times as long as when it was new. */
const MIN_COMPACTED = 1024 * 1024;
const GROWTH = 4;

interface Batch {
  readonly entries: Entry[];
  readonly written: Promise<void>;
}

/**
 * A file of changes, one record a line: a checksum and what was changed together. Changes that come while a record is
 * being written share the next one, so that the disk is waited for once for all of them.
 */
export class Journal {
  readonly #file: string;
  /** All that is kept, for a file that is written anew. */
  readonly #all: () => Iterable<KubernetesObject>;
  #handle: FileHandle | undefined;
  /** Where the next record begins. What is behind it is of no write that succeeded. */
  #end = 0;
  #compacted = 0;
  #waiting: Batch | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(file: string, all: () => Iterable<KubernetesObject>) {
    this.#file = file;
    this.#all = all;
  }

  /** Adds a change. `saved` tells when it is on disk. */
  append(entry: Entry): void {
    this.#waiting ??= this.#begin();
    this.#waiting.entries.push(entry);
  }

  /**
   * Everything that was appended is on disk.
   * @throws the error of writing; what was not written then is in the next record that is
   */
  saved(): Promise<void> {
    return this.#waiting?.written ?? this.#last;
  }

  /** Writes the file anew, with what is kept now and nothing else. */
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
    // The caller learns of the failure from its own write.
    written.catch(() => undefined);
    return { entries, written };
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    const isLong = this.#end > Math.max(MIN_COMPACTED, GROWTH * this.#compacted);
    // After a failed write the contents of the file are unknown.
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

/** A name is on disk when its folder is; systems whose folders can't be opened see to it by themselves. */
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
 * Reads what was written. A record that is not whole at the end of the file was being written when everything
 * ended, and nobody was told that it was kept.
 * @param file how to name it
 * @throws StateDamagedError for one that is not whole anywhere else
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

/** What is left of a file's changes. */
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

/** @returns what it says, or a text that says what is wrong with it */
function parseRecord(line: string): unknown {
  const text = line.slice(9);
  if (line[8] !== " " || line.slice(0, 8) !== checksum(text)) return "a record is not whole";
  return JSON.parse(text);
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
