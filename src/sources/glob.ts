import { resolve } from "node:path";
import picomatch from "picomatch";

/** A pattern for files, as the user typed it. */
export interface Glob {
  /** The folder below which everything that matches lies, absolute. */
  readonly base: string;
  /** @param path absolute. */
  matches(path: string): boolean;
}

/** As a plain POSIX shell: `[!a]` and `[[:alpha:]]` choose, `!(a|b)` and a leading `!` mean nothing. */
const OPTIONS = { posix: true, nonegate: true, noextglob: true } as const;

const HIDDEN = /(?:^|[/{,])\./;

/**
 * `undefined` for a path that is no pattern. Only what the user typed is one: brackets in the name of the
 * working directory are not.
 */
export function parseGlob(text: string, cwd: string): Glob | undefined {
  const { base, glob, isGlob } = picomatch.scan(text, OPTIONS);
  if (!isGlob) return undefined;
  const folder = resolve(cwd, base);
  const below = folder.endsWith("/") ? folder : `${folder}/`;
  // A negated class matches a leading dot too, which no shell does.
  const ignore = HIDDEN.test(glob) ? [] : ["**/.*", "**/.*/**"];
  const isMatch = picomatch(glob, { ...OPTIONS, ignore });
  return {
    base: folder,
    matches: (path) => path.startsWith(below) && isMatch(path.slice(below.length)),
  };
}
