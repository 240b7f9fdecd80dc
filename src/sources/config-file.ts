import { access, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type LocalConfigReading, readLocalConfig } from "../manifests/read-local-config.ts";
import { Lookout } from "./lookout.ts";
import { showPath } from "./path-findings.ts";
import { isSameSeen, readSeen, type Seen } from "./seen.ts";
import { PATIENCE, type Patience, Standing } from "./standing.ts";
import { followWay } from "./way.ts";

/** The names of the config file, the first one found counts. */
export const CONFIG_FILES: readonly string[] = ["kubelane.yaml", "kubelane.yml"];

/**
 * The config file of a folder or the nearest folder above it that has one.
 * @returns its absolute path.
 */
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
 * Reads a config file. One that can't be read is a diagnostic, too.
 * @param cwd what the file is named relative to in positions. Default: the process's.
 */
export async function readConfigFile(
  path: string,
  cwd: string = process.cwd(),
): Promise<LocalConfigReading> {
  return readingOf(path, cwd, await look(path, cwd, undefined));
}

async function look(path: string, cwd: string, before: Seen | undefined): Promise<Seen> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return readSeen({ path, shownAs: showPath(path, cwd), stats }, before, process.stdin);
}

function readingOf(path: string, cwd: string, { text, finding }: Seen): LocalConfigReading {
  if (text !== undefined) return readLocalConfig(text, path, showPath(path, cwd));
  return { diagnostics: finding === undefined ? [] : [finding] };
}

export interface ConfigWatcher {
  /** Settles when every later change will be seen. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface ConfigWatcherOptions {
  /** Absolute. */
  readonly path: string;
  /** The file after a change; without config when it is broken: the last good one stays in force. */
  readonly onReading: (reading: LocalConfigReading) => void;
  readonly onError?: (error: Error) => void;
  readonly cwd?: string;
  /** For how long it must stand still before it counts. */
  readonly patience?: Patience;
}

interface ConfigState {
  readonly seen: Seen;
  readonly reading: LocalConfigReading;
}

/** Follows a config file; what does not change what it says is not told. */
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
  let last: ConfigState | undefined;
  let closed = false;
  const lookout = new Lookout({
    cwd,
    onTime: follow,
    onUnwatched: (finding) => onReading({ diagnostics: [finding] }),
    onError,
  });

  async function follow(): Promise<void> {
    lookout.begin();
    await followWay(path, (folder, name) =>
      lookout.add(folder, { wants: (changed) => changed === name, below: false }),
    );
    lookout.end();
    const seen = await look(path, cwd, standing.lastSeen(path) ?? last?.seen);
    if (closed) return;
    lookout.again(consider(seen));
  }

  /** @returns when to look again, for what waits. */
  function consider(seen: Seen): number {
    const read = () => ({ seen, reading: readingOf(path, cwd, seen) });
    if (last === undefined) {
      last = read();
      return Number.POSITIVE_INFINITY;
    }
    if (isSameSeen(last.seen, seen)) {
      standing.forget(path);
      return Number.POSITIVE_INFINITY;
    }
    const result = standing.consider(path, seen, last, read, performance.now());
    if ("again" in result) return result.again;
    const isNews = JSON.stringify(result.state.reading) !== JSON.stringify(last.reading);
    last = result.state;
    if (isNews) onReading(last.reading);
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
