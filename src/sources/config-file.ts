import { access, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { type LocalConfigReading, readLocalConfig } from "../manifests/read-local-config.ts";
import { Lookout } from "./lookout.ts";
import { showPath } from "./path-findings.ts";
import { isSameSeen, readSeen, type Seen } from "./seen.ts";
import { PATIENCE, type Patience, Standing } from "./standing.ts";
import { followWay } from "./way.ts";

/** Names of the config file; the first that exists is used. */
export const CONFIG_FILES: readonly string[] = ["kubelane.yaml", "kubelane.yml"];

/** The config file of a folder, or of the nearest folder above with one. @returns its absolute path. */
export async function findConfigFile(folder: string): Promise<string | undefined> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    for (const name of CONFIG_FILES) {
      const path = join(at, name);
      if (await isReadable(path)) return path;
    }
    if (dirname(at) === at) return undefined;
  }
}

/**
 * The file that overrides a config file on one machine: `kubelane.local.yaml` beside `kubelane.yaml`. It may be
 * missing.
 */
export function localFileOf(path: string): string {
  const ending = extname(path);
  return `${path.slice(0, path.length - ending.length)}.local${ending}`;
}

/**
 * Reads a config file, and the local one that overrides it. A file that can't be read is a diagnostic, too.
 * @param cwd to which paths in positions are relative. Default: the process's.
 */
export async function readConfigFile(
  path: string,
  cwd: string = process.cwd(),
): Promise<LocalConfigReading> {
  const [team, local] = await Promise.all(
    [path, localFileOf(path)].map((each) => look(each, cwd, undefined)),
  );
  return readingOf(path, cwd, team!, local!);
}

async function look(path: string, cwd: string, before: Seen | undefined): Promise<Seen> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return readSeen({ path, shownAs: showPath(path, cwd), stats }, before, process.stdin);
}

function readingOf(path: string, cwd: string, team: Seen, local: Seen): LocalConfigReading {
  const findings = [team.finding, local.missing ? undefined : local.finding];
  if (team.text === undefined || findings.some((finding) => finding !== undefined)) {
    return { diagnostics: findings.filter((finding) => finding !== undefined) };
  }
  const over =
    local.text === undefined
      ? undefined
      : { text: local.text, shownAs: showPath(localFileOf(path), cwd) };
  return readLocalConfig(team.text, path, showPath(path, cwd), over);
}

export interface ConfigWatcher {
  /** Settles when no later change can be missed. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface ConfigWatcherOptions {
  /** Absolute. */
  readonly path: string;
  /** The file after a change; without `config` when it is invalid: the last valid one stays in force. */
  readonly onReading: (reading: LocalConfigReading) => void;
  readonly onError?: (error: Error) => void;
  readonly cwd?: string;
  /** For how long a file must not change before it is used. */
  readonly patience?: Patience;
}

interface ConfigState {
  readonly seen: Seen;
  readonly reading: LocalConfigReading;
}

/** Follows a config file and the local one that overrides it; edits that don't change their content are ignored. */
export function watchConfigFile({
  path,
  onReading,
  onError = () => undefined,
  cwd = process.cwd(),
  patience = PATIENCE,
}: ConfigWatcherOptions): ConfigWatcher {
  const standing = new Standing<ConfigState>(
    patience,
    ({ reading }) => reading.config === undefined,
  );
  const paths = [path, localFileOf(path)];
  /** The last valid content of each file. */
  const counts = new Map<string, Seen>();
  let last: LocalConfigReading | undefined;
  let closed = false;
  const lookout = new Lookout({
    cwd,
    onTime: follow,
    onUnwatched: (finding) => onReading({ diagnostics: [finding] }),
    onError,
  });

  async function follow(): Promise<void> {
    lookout.begin();
    for (const each of paths) {
      await followWay(each, (folder, name) =>
        lookout.add(folder, { wants: (changed) => changed === name, below: false }),
      );
    }
    lookout.end();
    const seen = await Promise.all(
      paths.map((each) => look(each, cwd, standing.lastSeen(each) ?? counts.get(each))),
    );
    if (closed) return;
    if (last === undefined) {
      for (const [i, each] of paths.entries()) counts.set(each, seen[i]!);
      last = reading();
      return lookout.again(Number.POSITIVE_INFINITY);
    }
    const [team, local] = paths.map((each, i) => consider(each, seen[i]!));
    lookout.again(Math.min(team!, local!));
  }

  function reading(): LocalConfigReading {
    const [team, local] = paths.map((each) => counts.get(each)!);
    return readingOf(path, cwd, team!, local!);
  }

  /** @returns when to look again, while a change waits. */
  function consider(file: string, seen: Seen): number {
    const before = counts.get(file)!;
    if (isSameSeen(before, seen)) {
      standing.forget(file);
      return Number.POSITIVE_INFINITY;
    }
    const read = (): ConfigState => {
      const [team, local] = paths.map((each) => (each === file ? seen : counts.get(each)!));
      return { seen, reading: readingOf(path, cwd, team!, local!) };
    };
    const served = { seen: before, reading: last! };
    const result = standing.consider(file, seen, served, read, performance.now());
    if ("again" in result) return result.again;
    counts.set(file, seen);
    const next = reading();
    const isNews = JSON.stringify(next) !== JSON.stringify(last);
    last = next;
    if (isNews) onReading(next);
    return Number.POSITIVE_INFINITY;
  }

  return {
    ready: follow(),
    async close() {
      closed = true;
      lookout.close();
    },
  };
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
