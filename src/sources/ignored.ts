import { access, readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";

/** Where a folder says what a walk leaves out, in the form of `.gitignore`; of two that differ the last one counts. */
const IGNORE_FILES: readonly string[] = [".gitignore", ".kubelaneignore"];

export function isIgnoreFile(name: string): boolean {
  return IGNORE_FILES.includes(name);
}

/** The patterns of one folder. */
interface Level {
  readonly folder: string;
  readonly patterns: Ignore;
}

/** What a walk leaves out, as the files of a folder and of those above it say, and the command line. */
export class Ignored {
  readonly #excluded: Level | undefined;
  readonly #levels: readonly Level[];

  private constructor(excluded: Level | undefined, levels: readonly Level[]) {
    this.#excluded = excluded;
    this.#levels = levels;
  }

  /**
   * What holds in a folder that was named: what the folders above it say, up to the repository's, unless they leave
   * out that very folder.
   * @param excluded patterns of the command line, relative to `cwd`.
   */
  static async at(folder: string, excluded: readonly string[], cwd: string): Promise<Ignored> {
    const level = { folder: cwd, patterns: ignore().add([...excluded]) };
    const none = new Ignored(excluded.length === 0 ? undefined : level, []);
    let ignored = none;
    for (const each of await foldersAbove(folder, cwd)) ignored = await ignored.within(each);
    return ignored.#isLeftOut(folder, true) ? none : ignored;
  }

  /** @param folder one that holds what is asked about from now on. */
  async within(folder: string): Promise<Ignored> {
    const texts = await Promise.all(
      IGNORE_FILES.map((name) => readFile(join(folder, name), "utf8").catch(() => "")),
    );
    const text = texts.filter((each) => each !== "").join("\n");
    if (text === "") return this;
    const level = { folder, patterns: ignore().add(text) };
    return new Ignored(this.#excluded, [level, ...this.#levels]);
  }

  /** Whether a path is left out; the folder that holds it is not. */
  has(path: string, isFolder: boolean): boolean {
    const excluded = this.#excluded;
    if (excluded !== undefined && verdict(excluded, path, isFolder)?.ignored) return true;
    return this.#isLeftOut(path, isFolder);
  }

  #isLeftOut(path: string, isFolder: boolean): boolean {
    // As git: the folder that is nearest decides.
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

/** The files that apply to a folder, the outermost first: from the root of its repository, or without one from `cwd`. */
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
