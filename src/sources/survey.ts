import type { BigIntStats, Dirent } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Interest } from "./folder-watches.ts";
import { type Glob, parseGlob } from "./glob.ts";
import { isManifestFolder, isManifestName } from "./manifest-names.ts";
import { helmChart, linkedFolder, nothingFound, showPath, unreadable } from "./path-findings.ts";
import { followWay, saysGone } from "./way.ts";

/** A file to read. */
export interface FoundFile {
  /** Absolute; `-` for standard input. */
  readonly path: string;
  /** As the user would type it. */
  readonly shownAs: string;
  /** What the system says of it; undefined when it is not there, or can't be looked at. */
  readonly stats: BigIntStats | undefined;
}

export interface SurveyOptions {
  readonly cwd: string;
  /** Told of each folder before it is looked at, with what would be seen of a change in it. */
  readonly onFolder?: (folder: string, interest: Interest) => Promise<void>;
}

export interface Survey {
  /** Each once, in the order of the paths and of their names. */
  readonly files: readonly FoundFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** Where it can't be told at the moment what is there: what was seen there, or below, may be there still. */
  readonly unlisted: readonly string[];
}

/**
 * What paths stand for at this moment: a file, all manifests below a folder, those that match a glob, or `-`.
 * What is not there counts as a file that can't be read.
 */
export async function survey(paths: readonly string[], options: SurveyOptions): Promise<Survey> {
  const surveyor = new Surveyor(options);
  for (const path of paths) await surveyor.visit(path);
  const { diagnostics, unlisted } = surveyor;
  return { files: [...surveyor.files.values()], diagnostics, unlisted };
}

/** Those of the paths that nothing is at: a pattern when not even the folder is there that it is about. */
export async function missingPaths(paths: readonly string[], cwd: string): Promise<string[]> {
  const missing: string[] = [];
  for (const text of paths) {
    if (text === "-" || (await isThere(resolve(cwd, text)))) continue;
    const glob = parseGlob(text, cwd);
    if (glob === undefined || !(await isThere(glob.base))) missing.push(text);
  }
  return missing;
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

class Surveyor {
  readonly files = new Map<string, FoundFile>();
  readonly diagnostics: Diagnostic[] = [];
  readonly unlisted: string[] = [];
  readonly #cwd: string;
  readonly #onFolder: (folder: string, interest: Interest) => Promise<void>;

  constructor({ cwd, onFolder = async () => undefined }: SurveyOptions) {
    this.#cwd = cwd;
    this.#onFolder = onFolder;
  }

  async visit(text: string): Promise<void> {
    if (text === "-") {
      this.files.set("-", { path: "-", shownAs: "-", stats: undefined });
      return;
    }
    const path = resolve(this.#cwd, text);
    const { real, stats, obstacle } = await this.#follow(path);
    const glob = stats === undefined ? parseGlob(text, this.#cwd) : undefined;
    if (glob !== undefined) await this.#visitGlob(glob, text);
    else if (obstacle !== undefined) this.#hidden(path, obstacle);
    else if (stats?.isDirectory()) await this.#visitFolder(path, real ?? path);
    else await this.#found([path]);
  }

  async #visitFolder(path: string, real: string): Promise<void> {
    const before = this.diagnostics.length;
    const files: string[] = [];
    await this.#walk(path, real, isManifestName, (file) => void files.push(file));
    if (files.length === 0 && this.diagnostics.length === before) {
      const shown = showPath(path, this.#cwd);
      this.diagnostics.push(nothingFound(shown, "the folder has no manifests"));
    }
    await this.#found(files);
  }

  async #visitGlob(glob: Glob, text: string): Promise<void> {
    const before = this.diagnostics.length;
    const files: string[] = [];
    const { real, obstacle } = await this.#follow(glob.base);
    if (obstacle !== undefined) return this.#hidden(glob.base, obstacle);
    // The pattern is about paths from the base on, and the last part of it about names.
    await this.#walk(
      glob.base,
      real ?? glob.base,
      () => true,
      (file) => {
        if (glob.matches(file)) files.push(file);
      },
    );
    if (files.length === 0 && this.diagnostics.length === before) {
      this.diagnostics.push(nothingFound(text, "no file matches"));
    }
    await this.#found(files);
  }

  /** What was seen at a path, or below it, may be there still. */
  #hidden(path: string, why: Error): void {
    this.diagnostics.push(unreadable(showPath(path, this.#cwd), why));
    this.unlisted.push(path);
  }

  #follow(path: string) {
    return followWay(path, (folder, name) =>
      this.#onFolder(folder, { wants: (changed) => changed === name, below: false }),
    );
  }

  /**
   * @param folder as it was named.
   * @param real where it is.
   */
  async #walk(
    folder: string,
    real: string,
    isWanted: (name: string) => boolean,
    visit: (path: string) => void,
  ): Promise<void> {
    await this.#onFolder(real, { wants: isWanted, below: true });
    let entries: Dirent[];
    try {
      entries = await readdir(real, { withFileTypes: true });
    } catch (error) {
      if (!saysGone(error as Error)) this.#hidden(folder, error as Error);
      else this.diagnostics.push(unreadable(showPath(folder, this.#cwd), error));
      return;
    }
    if (entries.some(({ name }) => name === "Chart.yaml")) {
      this.diagnostics.push(helmChart(showPath(folder, this.#cwd)));
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const { name } = entry;
      const path = join(folder, name);
      if (entry.isSymbolicLink()) await this.#visitLink(path, join(real, name), isWanted, visit);
      else if (entry.isFile()) {
        if (isWanted(name)) visit(path);
      } else if (entry.isDirectory() && isManifestFolder(name)) {
        await this.#walk(path, join(real, name), isWanted, visit);
      }
    }
  }

  async #visitLink(
    path: string,
    real: string,
    isWanted: (name: string) => boolean,
    visit: (path: string) => void,
  ): Promise<void> {
    const name = basename(path);
    const { stats } = await this.#follow(real);
    if (stats?.isDirectory()) {
      // As kubectl: a link to a folder could lead in circles.
      if (!isManifestFolder(name)) return;
      const finding = await linkedFolder(path, this.#cwd).catch(() => undefined);
      if (finding !== undefined) this.diagnostics.push(finding);
    } else if (isWanted(name) && (stats?.isFile() || isManifestName(name))) {
      // A link that leads nowhere is told by who reads it.
      visit(path);
    }
  }

  async #found(paths: readonly string[]): Promise<void> {
    const fresh = paths.filter((path) => !this.files.has(path));
    for (let at = 0; at < fresh.length; at += AT_ONCE) {
      const part = fresh.slice(at, at + AT_ONCE);
      const stats = await Promise.all(part.map((path) => statOrUndefined(path)));
      for (const [i, path] of part.entries()) {
        this.files.set(path, { path, shownAs: showPath(path, this.#cwd), stats: stats[i] });
      }
    }
  }
}

/** Files that are looked at together: enough to keep the system's threads busy. */
const AT_ONCE = 64;

async function statOrUndefined(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch {
    return undefined;
  }
}
