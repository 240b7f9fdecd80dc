import { watch } from "node:fs";
import { lstat, stat, statfs } from "node:fs/promises";
import { basename, join } from "node:path";

/** Like `fs.watch` for a folder: reports the name of the changed entry, or `null` when the system doesn't know it. */
export type WatchFolder = (
  folder: string,
  listener: (event: string, name: string | null) => void,
) => FolderWatcher;

interface FolderWatcher {
  on(event: "error", listener: (error: Error) => void): unknown;
  close(): void;
}

/** Why the system doesn't report a folder's changes. */
export interface Unwatched {
  readonly folder: string;
  readonly reason: "watches" | "instances" | "file-system";
}

/** Which entries of a folder are of interest. */
export interface Interest {
  wants(name: string): boolean;
  /** Whether folders and links in it are of interest, whatever their names. */
  readonly below: boolean;
}

interface Watched {
  readonly watcher: FolderWatcher;
  /** The folder's identity, independent of its name: a folder that replaces another one is watched anew. */
  readonly identity: string;
  readonly isSilent: boolean;
  interest: Interest;
  /** The folder itself may have been renamed or removed. */
  isDoubtful: boolean;
}

/** A folder that is replaced that often in a row between two checks is polled from then on. */
const ATTEMPTS = 3;

/**
 * Watches exactly the folders that the last round named, each by its identity, not only its name: after `mv a b;
 * mkdir a` the new `a` is watched.
 */
export class FolderWatches {
  readonly #onTouched: () => void;
  readonly #watch: WatchFolder;
  readonly #watched = new Map<string, Watched>();
  #round = new Set<string>();
  #unwatched = new Map<string, Unwatched>();
  #closed = false;

  constructor(onTouched: () => void, watchFolder: WatchFolder = watch) {
    this.#onTouched = onTouched;
    this.#watch = watchFolder;
  }

  /** Folders of the last round whose changes the system doesn't report, so that they must be polled. */
  get unwatched(): readonly Unwatched[] {
    return [...this.#unwatched.values()];
  }

  begin(): void {
    this.#round = new Set();
    this.#unwatched = new Map();
  }

  /** Watches a folder. Called before the folder is listed, so that no change between the two is missed. */
  async add(folder: string, interest: Interest): Promise<void> {
    if (this.#closed) return;
    const isFurther = this.#round.has(folder);
    this.#round.add(folder);
    const known = this.#watched.get(folder);
    if (known !== undefined && isFurther) {
      known.interest = either(known.interest, interest);
      return;
    }
    let identity = await identityOf(folder);
    if (known?.identity === identity && !known?.isDoubtful) {
      if (known === undefined) return;
      known.interest = interest;
      this.#note(folder, known.isSilent ? "file-system" : undefined);
      return;
    }
    for (let attempt = 0; attempt < ATTEMPTS && identity !== undefined; attempt++) {
      this.#drop(folder);
      if (!(await this.#open(folder, identity, interest))) return;
      const now = await identityOf(folder);
      if (now === identity) return;
      identity = now;
    }
  }

  /** Stops watching folders that this round did not name. */
  end(): void {
    for (const folder of [...this.#watched.keys()])
      if (!this.#round.has(folder)) this.#drop(folder);
  }

  close(): void {
    this.#closed = true;
    for (const folder of [...this.#watched.keys()]) this.#drop(folder);
  }

  /** @returns whether it is watched, as far as its file system allows. */
  async #open(folder: string, identity: string, interest: Interest): Promise<boolean> {
    try {
      const isSilent = await isOnSilentFileSystem(folder);
      if (this.#closed) return false;
      const watcher = this.#watch(folder, (_, name) => this.#told(folder, name));
      const watched = { watcher, identity, isSilent, interest, isDoubtful: false };
      this.#watched.set(folder, watched);
      // Windows reports a removed folder as an error. Nothing may be awaited before this listener is added: an error
      // without one ends the program.
      watcher.on("error", () => {
        watched.isDoubtful = true;
        this.#onTouched();
      });
      this.#note(folder, isSilent ? "file-system" : undefined);
      return true;
    } catch (error) {
      // Other reasons (a folder may be searchable but not readable) are reported where the folder is listed.
      this.#note(folder, LIMITS.get((error as NodeJS.ErrnoException).code ?? ""));
      return false;
    }
  }

  #note(folder: string, reason: Unwatched["reason"] | undefined): void {
    if (reason !== undefined) this.#unwatched.set(folder, { folder, reason });
  }

  #told(folder: string, name: string | null): void {
    const watched = this.#watched.get(folder);
    if (this.#closed) return;
    if (watched === undefined || name === null) {
      this.#onTouched();
      return;
    }
    if (name === basename(folder)) watched.isDoubtful = true;
    if (watched.isDoubtful || watched.interest.wants(name)) this.#onTouched();
    else if (watched.interest.below) {
      isPlainFile(join(folder, name)).then((plain) => {
        if (!plain && !this.#closed) this.#onTouched();
      });
    }
  }

  #drop(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }
}

function either(one: Interest, other: Interest): Interest {
  return {
    wants: (name) => one.wants(name) || other.wants(name),
    below: one.below || other.below,
  };
}

const LIMITS: ReadonlyMap<string, Unwatched["reason"]> = new Map([
  ["ENOSPC", "watches"],
  ["EMFILE", "instances"],
  ["ENFILE", "instances"],
]);

/** Inode numbers are reused at once; together with the creation time they identify a folder. */
async function identityOf(folder: string): Promise<string | undefined> {
  try {
    const { dev, ino, birthtimeNs } = await stat(folder, { bigint: true });
    return `${dev} ${ino} ${birthtimeNs}`;
  } catch {
    return undefined;
  }
}

async function isPlainFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch {
    return false;
  }
}

/** Network file systems (statfs(2)): changes that other machines make are not reported here. */
const SILENT: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x01021997, // 9P: WSL's drives, folders shared with virtual machines
  0x65735546, // FUSE: sshfs, and folders shared with virtual machines
  0x786f4256, // VirtualBox
]);

async function isOnSilentFileSystem(folder: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    return SILENT.has((await statfs(folder)).type >>> 0);
  } catch {
    return false;
  }
}
