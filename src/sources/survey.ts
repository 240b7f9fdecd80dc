import type { BigIntStats, Dirent } from "node:fs";
import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { isUrl, type ManifestInput, placeOf, type Rendering } from "../manifests/manifest-input.ts";
import type { Interest } from "./folder-watches.ts";
import { type Glob, parseGlob } from "./glob.ts";
import { Ignored, isIgnoreFile } from "./ignored.ts";
import { isManifestFolder, isManifestName } from "./manifest-names.ts";
import {
  emptyFolder,
  helmChart,
  kustomization,
  linkedFolder,
  nothingFound,
  showPath,
  unreadable,
} from "./path-findings.ts";
import { remoteFile } from "./remote-file.ts";
import {
  isKustomizationName,
  mentionedPaths,
  readKustomization,
} from "./rendered/kustomization.ts";
import { renderedFile } from "./rendered/render.ts";
import type { RenderOptions } from "./rendered/renderer.ts";
import type { FoundFile } from "./seen.ts";
import { followWay, saysGone } from "./way.ts";

export interface SurveyOptions {
  readonly cwd: string;
  /** Environment of the tools that render manifests. Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What walks leave out: patterns as in a `.gitignore` at `cwd`. */
  readonly exclude?: readonly string[];
  /** Called for each folder before it is read, with the entries whose changes matter. */
  readonly onFolder?: (folder: string, interest: Interest) => Promise<void>;
  readonly onTool?: RenderOptions["onTool"];
}

export interface Survey {
  /** Each once, in the order of the inputs and of names. */
  readonly files: readonly FoundFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** Paths whose content is unknown at present: what was found there or below may still exist. */
  readonly unlisted: readonly string[];
}

/**
 * The files that inputs mean at this moment: a file, all manifests below a folder, those that match a glob, a URL,
 * `-`, or a tool's rendering. A missing one counts as a file that can't be read.
 */
export async function survey(
  inputs: readonly ManifestInput[],
  options: SurveyOptions,
): Promise<Survey> {
  const surveyor = new Surveyor(options);
  for (const input of inputs) {
    if (typeof input === "string") await surveyor.visit(input);
    else await surveyor.visitRendering(input);
  }
  const { diagnostics, unlisted } = surveyor;
  return { files: [...surveyor.files.values()], diagnostics, unlisted };
}

/** Inputs that match nothing; of patterns, those whose folder does not exist. */
export async function missingPaths(
  inputs: readonly ManifestInput[],
  cwd: string,
): Promise<string[]> {
  const missing: string[] = [];
  for (const input of inputs) {
    const text = placeOf(input);
    if (text === undefined || (await isThere(resolve(cwd, text)))) continue;
    // It may be a chart of a repository that helm knows.
    if (typeof input !== "string" && "helm" in input && !/^[./]/.test(input.helm)) continue;
    const glob = parseGlob(text, cwd);
    if (glob === undefined || !(await isThere(glob.base))) missing.push(text);
  }
  return missing;
}

/** The first folder among the inputs that is a kustomization and would be read file by file, as the user named it. */
export async function kustomizationAmong(
  inputs: readonly ManifestInput[],
  cwd: string,
): Promise<string | undefined> {
  for (const input of inputs) {
    const folder = typeof input === "string" ? placeOf(input) : undefined;
    if (folder === undefined) continue;
    const names = await readdir(resolve(cwd, folder)).catch(() => []);
    if (names.some(isKustomizationName)) return showPath(resolve(cwd, folder), cwd);
  }
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** How a folder is walked. */
interface Walk {
  isWanted(name: string): boolean;
  visit(path: string): void;
  /** Called when something was left out. */
  leaveOut?(): void;
  /** The folder that the user named, for its manifests; undefined for a pattern. */
  readonly root?: string;
  /** Absent for a pattern: ignore files do not apply to files that it selects. */
  readonly ignored?: Ignored;
  /** The nearest kustomization around the folder. */
  readonly kustomization?: string;
}

class Surveyor {
  readonly files = new Map<string, FoundFile>();
  readonly diagnostics: Diagnostic[] = [];
  readonly unlisted: string[] = [];
  /** Files that kustomizations name for other purposes than as resources: no manifests, wherever they are. */
  readonly #parts = new Set<string>();
  readonly #cwd: string;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #exclude: readonly string[];
  readonly #onTool: RenderOptions["onTool"];
  readonly #onFolder: (folder: string, interest: Interest) => Promise<void>;

  constructor(options: SurveyOptions) {
    const { cwd, env = process.env, exclude = [], onFolder = async () => undefined } = options;
    this.#exclude = exclude;
    this.#onTool = options.onTool;
    this.#cwd = cwd;
    this.#env = env;
    this.#onFolder = onFolder;
  }

  async visit(text: string): Promise<void> {
    if (text === "-") {
      this.files.set("-", { path: "-", shownAs: "-", stats: undefined });
      return;
    }
    if (isUrl(text)) {
      this.files.set(text, remoteFile(text));
      return;
    }
    const path = resolve(this.#cwd, text);
    const { real, stats, obstacle } = await this.#follow(path);
    const glob = stats === undefined ? parseGlob(text, this.#cwd) : undefined;
    if (glob !== undefined) await this.#visitGlob(glob, text);
    else if (obstacle !== undefined) this.#hidden(path, obstacle);
    else if (stats?.isDirectory()) await this.#visitFolder(path, real ?? path);
    else await this.#found([path], false);
  }

  async visitRendering(rendering: Rendering): Promise<void> {
    const options = { cwd: this.#cwd, env: this.#env, onTool: this.#onTool };
    const file = await renderedFile(rendering, this.#onFolder, options);
    this.files.set(file.path, file);
  }

  async #visitFolder(path: string, real: string): Promise<void> {
    const before = this.diagnostics.length;
    const files: string[] = [];
    let leftOut = 0;
    const ignored = await Ignored.at(real, this.#exclude, this.#cwd);
    await this.#walk(path, real, {
      isWanted: isManifestName,
      visit: (file) => void files.push(file),
      leaveOut: () => void leftOut++,
      root: path,
      ignored,
    });
    if (files.length === 0 && this.diagnostics.length === before) {
      this.diagnostics.push(emptyFolder(showPath(path, this.#cwd), leftOut));
    }
    // A patch may be found before the kustomization that names it.
    await this.#found(
      files.filter((file) => !this.#parts.has(file)),
      true,
    );
  }

  async #visitGlob(glob: Glob, text: string): Promise<void> {
    const before = this.diagnostics.length;
    const files: string[] = [];
    const { real, obstacle } = await this.#follow(glob.base);
    if (obstacle !== undefined) return this.#hidden(glob.base, obstacle);
    // The pattern matches paths below the base; its last part matches names.
    await this.#walk(glob.base, real ?? glob.base, {
      isWanted: () => true,
      visit: (file) => {
        if (glob.matches(file)) files.push(file);
      },
    });
    if (files.length === 0 && this.diagnostics.length === before) {
      this.diagnostics.push(nothingFound(text, "no file matches"));
    }
    await this.#found(files, true);
  }

  /** What was found at a path, or below it, may still exist. */
  #hidden(path: string, why: Error): void {
    this.diagnostics.push(unreadable(showPath(path, this.#cwd), why));
    this.unlisted.push(path);
  }

  #follow(path: string) {
    return followWay(path, (folder, name) =>
      this.#onFolder(folder, { wants: (changed) => changed === name, below: false }),
    );
  }

  /** @param folder as the user named it. @param real its real path. */
  async #walk(folder: string, real: string, walk: Walk): Promise<void> {
    const wants = (name: string) => walk.isWanted(name) || isIgnoreFile(name);
    await this.#onFolder(real, { wants, below: true });
    let entries: Dirent[];
    try {
      entries = await readdir(real, { withFileTypes: true });
    } catch (error) {
      if (!saysGone(error as Error)) this.#hidden(folder, error as Error);
      else this.diagnostics.push(unreadable(showPath(folder, this.#cwd), error));
      return;
    }
    if (entries.some(({ name }) => name === "Chart.yaml")) {
      this.diagnostics.push(helmChart(showPath(folder, this.#cwd), folder === walk.root));
      return;
    }
    const inside = await this.#inside(folder, real, entries, walk);
    if (inside === undefined) return;
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const { name } = entry;
      const path = join(folder, name);
      if (inside.ignored?.has(join(real, name), entry.isDirectory())) inside.leaveOut?.();
      else if (entry.isSymbolicLink()) await this.#visitLink(path, join(real, name), inside);
      else if (entry.isFile()) {
        if (inside.isWanted(name) && !isPatch(path, inside)) inside.visit(path);
      } else if (entry.isDirectory() && isManifestFolder(name)) {
        await this.#walk(path, join(real, name), inside);
      }
    }
  }

  /**
   * How a folder is walked, with its own ignore files applied.
   * @returns undefined when nothing is read here: the user named this folder, and it is a kustomization.
   */
  async #inside(
    folder: string,
    real: string,
    entries: readonly Dirent[],
    walk: Walk,
  ): Promise<Walk | undefined> {
    if (walk.root === undefined) return walk;
    const { ignored } = walk;
    const own = entries.some(({ name }) => isIgnoreFile(name));
    const inside = own && ignored ? { ...walk, ignored: await ignored.within(real) } : walk;
    const file = entries.find(({ name }) => isKustomizationName(name))?.name;
    if (file === undefined) return inside;
    const isNamed = folder === walk.root;
    this.diagnostics.push(kustomization(showPath(folder, this.#cwd), file, isNamed));
    if (isNamed) return undefined;
    const text = await readFile(join(real, file), "utf8").catch(() => "");
    const { resources: _, ...further } = readKustomization(text);
    for (const path of mentionedPaths(further)) this.#parts.add(join(folder, path));
    return { ...inside, kustomization: folder };
  }

  async #visitLink(path: string, real: string, { isWanted, visit }: Walk): Promise<void> {
    const name = basename(path);
    const { stats } = await this.#follow(real);
    if (stats?.isDirectory()) {
      // As kubectl does: links to folders are not followed, as they may form a loop.
      if (!isManifestFolder(name)) return;
      const finding = await linkedFolder(path, this.#cwd).catch(() => undefined);
      if (finding !== undefined) this.diagnostics.push(finding);
    } else if (isWanted(name) && (stats?.isFile() || isManifestName(name))) {
      // A broken link is reported when the file is read.
      visit(path);
    }
  }

  /** @param byWalk whether the files were found by a walk, not named by the user. */
  async #found(paths: readonly string[], byWalk: boolean): Promise<void> {
    const fresh = paths.filter((path) => !this.files.has(path) || !byWalk);
    for (let at = 0; at < fresh.length; at += AT_ONCE) {
      const part = fresh.slice(at, at + AT_ONCE);
      const stats = await Promise.all(part.map((path) => statOrUndefined(path)));
      for (const [i, path] of part.entries()) {
        this.files.set(path, { path, shownAs: showPath(path, this.#cwd), stats: stats[i], byWalk });
      }
    }
  }
}

/** Kubebuilder and others keep patches next to a kustomization that names only some of them. */
function isPatch(path: string, { kustomization }: Walk): boolean {
  return kustomization !== undefined && /patch/i.test(relative(kustomization, path));
}

/** Files that are checked in parallel: enough to keep the system's threads busy. */
const AT_ONCE = 64;

async function statOrUndefined(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch {
    return undefined;
  }
}
