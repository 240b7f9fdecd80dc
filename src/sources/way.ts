import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { dirname, join, parse, resolve, sep } from "node:path";

/** The limit of Linux: more links on a path count as a loop. */
const MAX_LINKS = 40;

/** The target of a path, with each link on the way followed. */
export interface Way {
  /** The real path; undefined when nothing is there. */
  readonly real: string | undefined;
  readonly stats: Stats | undefined;
  /** Why it is unknown what is there: permissions, a failing disk, too many open files. */
  readonly obstacle?: Error;
}

/**
 * Resolves a path from the root, entry by entry, and reports each entry before reading it: a change of any of them (a
 * folder above renamed, a link redirected, a missing one created) changes what the path means.
 * @param path absolute.
 * @param onEntry gets a folder without links on its path, and the name of the entry in it.
 */
export async function followWay(
  path: string,
  onEntry: (folder: string, name: string) => Promise<void>,
): Promise<Way> {
  let links = 0;
  const { root } = parse(path);
  let real = root;
  let stats: Stats | undefined;
  let rest = path.slice(root.length).split(sep).filter(Boolean);
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    await onEntry(real, name);
    const at = join(real, name);
    try {
      stats = await lstat(at);
      if (!stats.isSymbolicLink()) {
        real = at;
        continue;
      }
      if (++links > MAX_LINKS) return { real: undefined, stats: undefined };
      const target = resolve(dirname(at), await readlink(at));
      // The link's target is resolved from the root, as its path may contain links, too.
      real = parse(target).root;
      rest = [...target.slice(real.length).split(sep).filter(Boolean), ...rest];
      stats = undefined;
    } catch (error) {
      return nowhere(error as Error);
    }
  }
  if (stats !== undefined) return { real, stats };
  try {
    return { real, stats: await lstat(real) };
  } catch (error) {
    return nowhere(error as Error);
  }
}

/** Except for a missing entry: that is known not to exist. */
const SAYS_GONE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

export function saysGone({ code = "" }: NodeJS.ErrnoException): boolean {
  return SAYS_GONE.has(code);
}

function nowhere(error: Error): Way {
  const way = { real: undefined, stats: undefined };
  return saysGone(error) ? way : { ...way, obstacle: error };
}
