import { resolve } from "node:path";
import picomatch from "picomatch";

/** A pattern for files, as the user typed it. */
export interface Glob {
  /** The absolute folder that contains everything that matches. */
  readonly base: string;
  /** @param path absolute. */
  matches(path: string): boolean;
}

/** The syntax of a POSIX shell: `[!a]` and `[[:alpha:]]` are special, `!(a|b)` and a leading `!` are not. */
const OPTIONS = { posix: true, nonegate: true, noextglob: true } as const;

const HIDDEN = /(?:^|[/{,])\./;

/**
 * `undefined` for a path without wildcards. Only the typed part is a pattern: brackets in the working directory's
 * name are not.
 */
export function parseGlob(text: string, cwd: string): Glob | undefined {
  const { base, glob, isGlob } = picomatch.scan(text, OPTIONS);
  if (!isGlob) return undefined;
  const folder = resolve(cwd, base);
  const below = folder.endsWith("/") ? folder : `${folder}/`;
  // A negated class would match a leading dot, which it doesn't in a shell.
  const ignore = HIDDEN.test(glob) ? [] : ["**/.*", "**/.*/**"];
  const isMatch = picomatch(glob, { ...OPTIONS, ignore });
  return {
    base: folder,
    matches: (path) => path.startsWith(below) && isMatch(path.slice(below.length)),
  };
}
