import { access, readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";

/**
 * Files of a folder that say what a walk leaves out, in the form of `.gitignore`; where two contradict, the last one
 * applies.
 */
const IGNORE_FILES: readonly string[] = [".gitignore", ".kubelaneignore"];

export function isIgnoreFile(name: string): boolean {
  return IGNORE_FILES.includes(name);
}

/** The patterns of one folder. */
interface Level {
  readonly folder: string;
  readonly patterns: Ignore;
}

/** What a walk leaves out, by the ignore files of a folder and those above it, and by the command line. */
export class Ignored {
  readonly #excluded: Level | undefined;
  readonly #levels: readonly Level[];

  private constructor(excluded: Level | undefined, levels: readonly Level[]) {
    this.#excluded = excluded;
    this.#levels = levels;
  }

  /**
   * The rules in a folder that the user named: those of the folders above it, up to the repository's root, unless
   * they ignore that very folder.
   * @param excluded patterns of the command line, relative to `cwd`.
   */
  static async at(folder: string, excluded: readonly string[], cwd: string): Promise<Ignored> {
    const level = { folder: cwd, patterns: ignore().add([...excluded]) };
    const none = new Ignored(excluded.length === 0 ? undefined : level, []);
    let ignored = none;
    for (const each of await foldersAbove(folder, cwd)) ignored = await ignored.within(each);
    return ignored.#isLeftOut(folder, true) ? none : ignored;
  }

  /** @param folder the folder whose entries are checked from now on. */
  async within(folder: string): Promise<Ignored> {
    const texts = await Promise.all(
      IGNORE_FILES.map((name) => readFile(join(folder, name), "utf8").catch(() => "")),
    );
    const text = texts.filter((each) => each !== "").join("\n");
    if (text === "") return this;
    const level = { folder, patterns: ignore().add(text) };
    return new Ignored(this.#excluded, [level, ...this.#levels]);
  }

  /** Whether a path is ignored; the folder that contains it is not. */
  has(path: string, isFolder: boolean): boolean {
    const excluded = this.#excluded;
    if (excluded !== undefined && verdict(excluded, path, isFolder)?.ignored) return true;
    return this.#isLeftOut(path, isFolder);
  }

  #isLeftOut(path: string, isFolder: boolean): boolean {
    // As in git, the ignore file of the nearest folder decides.
    for (const level of this.#levels) {
      const result = verdict(level, path, isFolder);
      if (result?.ignored) return true;
      if (result?.unignored) return false;
    }
    return false;
  }
}

function verdict({ folder, patterns }: Level, path: string, isFolder: boolean) {
  const way = relative(folder, path).replaceAll(sep, "/");
  if (!ignore.isPathValid(way)) return undefined;
  return patterns.test(isFolder ? `${way}/` : way);
}

/**
 * The files that apply to a folder, the outermost first: from the root of its repository, or from `cwd` outside of
 * one.
 */
async function foldersAbove(folder: string, cwd: string): Promise<string[]> {
  const chain: string[] = [];
  let inCwd: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    if (at !== folder) chain.unshift(at);
    if (at === cwd) inCwd = [...chain];
    if (
      await access(join(at, ".git")).then(
        () => true,
        () => false,
      )
    )
      return chain;
    if (dirname(at) === at) return inCwd;
  }
}
