import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { dirname, join, parse, resolve, sep } from "node:path";

/** As Linux: more links on a way than that lead in circles. */
const MAX_LINKS = 40;

/** Where a path leads, each link on the way followed. */
export interface Way {
  /** Without links; undefined when nothing is there. */
  readonly real: string | undefined;
  readonly stats: Stats | undefined;
  /** Why it can't be told what is there: permissions, a failing disk, too many open files. */
  readonly obstacle?: Error;
}

/**
 * Walks a path from the root, entry by entry, and names each entry before it looks at it: a change of any of
 * them (a folder above renamed, a link led elsewhere, a missing one made) is a change of what the path means.
 * @param path absolute.
 * @param onEntry a folder without links on its way, and the name of the entry in it.
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
      // What the link names is walked from the root: there may be links on that way, too.
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

/** Not what is not there: only what says so is gone. */
const SAYS_GONE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

export function saysGone({ code = "" }: NodeJS.ErrnoException): boolean {
  return SAYS_GONE.has(code);
}

function nowhere(error: Error): Way {
  const way = { real: undefined, stats: undefined };
  return saysGone(error) ? way : { ...way, obstacle: error };
}
