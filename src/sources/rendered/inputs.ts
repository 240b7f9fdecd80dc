import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Interest } from "../folder-watches.ts";
import { followWay } from "../way.ts";

/** Called for each folder before it is read, with the entries whose changes matter. */
export type OnFolder = (folder: string, interest: Interest) => Promise<void>;

/**
 * The files that a tool reads, as far as they are on this machine: while they are unchanged, so is its output. Each
 * folder on the path to one is reported before it is read, whether or not the file exists.
 */
export class Inputs {
  readonly #onFolder: OnFolder;
  readonly #files = new Map<string, Buffer | undefined>();
  readonly #folders = new Set<string>();

  constructor(onFolder: OnFolder) {
    this.#onFolder = onFolder;
  }

  /** Checks a path, and adds it if it is a file. @returns what was found. */
  async add(path: string): Promise<"file" | "folder" | undefined> {
    const { real, stats } = await followWay(path, (folder, name) =>
      this.#onFolder(folder, { wants: (changed) => changed === name, below: false }),
    );
    if (stats?.isDirectory()) return "folder";
    if (!stats?.isFile() || real === undefined) return undefined;
    await this.#read(real);
    return "file";
  }

  /** Adds every file below a folder, except hidden ones. */
  async addBelow(folder: string): Promise<void> {
    const { real, stats } = await followWay(folder, (at, name) =>
      this.#onFolder(at, { wants: (changed) => changed === name, below: false }),
    );
    if (real === undefined || !stats?.isDirectory() || this.#folders.has(real)) return;
    this.#folders.add(real);
    await this.#onFolder(real, { wants: isVisible, below: true });
    const entries = await readdir(real, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(real, entry.name);
      if (!isVisible(entry.name)) continue;
      if (entry.isFile()) await this.#read(path);
      else if (entry.isDirectory()) await this.addBelow(path);
      else if (entry.isSymbolicLink() && (await this.add(path)) === "folder") {
        await this.addBelow(path);
      }
    }
  }

  /** @returns the text of a file that was added. */
  textOf(path: string): string | undefined {
    return this.#files.get(path)?.toString();
  }

  /** A hash of the files' names and content. */
  digest(): string {
    const hash = createHash("sha256");
    for (const path of [...this.#files.keys()].sort()) {
      const content = this.#files.get(path);
      hash.update(`${path}\n${content?.length ?? -1}\n`).update(content ?? "");
    }
    return hash.digest("hex");
  }

  async #read(path: string): Promise<void> {
    if (!this.#files.has(path)) {
      this.#files.set(path, await readFile(path).catch(() => undefined));
    }
  }
}

function isVisible(name: string): boolean {
  return !name.startsWith(".");
}
