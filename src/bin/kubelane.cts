#!/usr/bin/env node
/**
 * The program `kubelane`: runs the bundled command line (`cli.cjs`, made by `bundle/`) with V8's code cache.
 *
 * Compiling the bundle takes longer than most commands, so what V8 compiled is kept in the user's cache
 * folder, one file for each command: a file for all of them would make each read what it doesn't run. The
 * cache is never needed: where it can't be read or written, the command only starts later.
 */
const fs: typeof import("node:fs") = require("node:fs");
const path: typeof import("node:path") = require("node:path");
const vm: typeof import("node:vm") = require("node:vm");

const DAYS_30 = 30 * 24 * 60 * 60 * 1000;
// The bundle begins with a comment that holds only its digest.
const DIGEST = { from: 2, to: 18 } as const;

const file = path.join(__dirname, "cli.cjs");
// The bundle is ASCII, and Latin-1 needs no decoding.
const code = fs.readFileSync(file, "latin1");
const cacheFile = cacheFileOf(code.slice(DIGEST.from, DIGEST.to), process.argv[2]);
const cachedData = cacheFile === undefined ? undefined : readCache(cacheFile);
const script = new vm.Script(
  `(function (exports, require, module, __filename, __dirname) {${code}\n})`,
  {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  },
);
if (cacheFile !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) {
  // At the end, when the functions that this command uses have been compiled.
  process.once("exit", () => writeCache(cacheFile, script));
}
script.runInThisContext()(module.exports, require, module, file, __dirname);

/** @returns undefined where there is no folder that only this user can write to */
function cacheFileOf(digest: string, command = ""): string | undefined {
  const { env } = process;
  const home = process.platform === "win32" ? env["LOCALAPPDATA"] : env["HOME"];
  const base = env["XDG_CACHE_HOME"] || (home && path.join(home, ".cache"));
  if (!base || !path.isAbsolute(base)) return undefined;
  const name = /^[a-z]{1,16}$/.test(command) ? command : "help";
  return path.join(base, "kubelane", digest, `${process.version}-${process.arch}-${name}`);
}

/** V8 trusts its cache blindly, so one that somebody else could have written is not read. */
function readCache(cacheFile: string): Buffer | undefined {
  let open: number | undefined;
  try {
    open = fs.openSync(cacheFile, "r");
    const { uid, mode } = fs.fstatSync(open);
    const own = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    return own ? fs.readFileSync(open) : undefined;
  } catch {
    return undefined;
  } finally {
    if (open !== undefined) fs.closeSync(open);
  }
}

function writeCache(cacheFile: string, script: import("node:vm").Script): void {
  const folder = path.dirname(cacheFile);
  const unfinished = `${cacheFile}.${process.pid}`;
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.writeFileSync(unfinished, script.createCachedData(), { mode: 0o600, flag: "wx" });
    fs.renameSync(unfinished, cacheFile);
    removeOldBuilds(path.dirname(folder), path.basename(folder));
  } catch {
    // A full disk, a folder that can't be written to, another process of the same number: nothing is lost.
    try {
      fs.rmSync(unfinished, { force: true });
    } catch {}
  }
}

/** Each build has a folder of its own, so those of past versions would add up. */
function removeOldBuilds(folder: string, current: string): void {
  for (const build of fs.readdirSync(folder)) {
    const old = path.join(folder, build);
    if (build === current || Date.now() - fs.statSync(old).mtimeMs < DAYS_30) continue;
    fs.rmSync(old, { recursive: true, force: true });
  }
}
