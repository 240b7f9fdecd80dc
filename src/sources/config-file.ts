import { access, readFile, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { decodeText } from "../manifests/decode-text.ts";
import { type LocalConfigReading, readLocalConfig } from "../manifests/read-local-config.ts";
import { SECOND_LOOK, watchPaths } from "./file-watcher.ts";
import { unreadable } from "./manifest-paths.ts";

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
  const shown = relative(cwd, path);
  const shownAs = shown.startsWith("..") ? path : shown;
  try {
    const text = decodeText(await readFile(path));
    if (text !== undefined) return readLocalConfig(text, path, shownAs);
    return { diagnostics: [unreadable(shownAs, new Error("it is no text"))] };
  } catch (error) {
    return { diagnostics: [unreadable(shownAs, error)] };
  }
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
}

/** Follows a config file; what does not change what it says is not told. */
export function watchConfigFile({
  path,
  onReading,
  onError = () => undefined,
  cwd,
}: ConfigWatcherOptions): ConfigWatcher {
  let last: string | undefined;
  let closed = false;
  /** One reading after another, so that an older one never comes last. */
  let queue = Promise.resolve();
  const read = async (): Promise<void> => {
    if (await isEmptyOrGone(path)) await setTimeout(SECOND_LOOK);
    const reading = await readConfigFile(path, cwd);
    const text = JSON.stringify(reading);
    if (closed || text === last) return;
    last = text;
    onReading(reading);
  };
  const fail = (error: unknown): void =>
    onError(error instanceof Error ? error : new Error(String(error)));
  const watcher = watchPaths(
    [{ type: "file", path }],
    () => {
      queue = queue.then(read).catch(fail);
    },
    onError,
  );
  const remember = async (): Promise<void> => {
    last ??= JSON.stringify(await readConfigFile(path, cwd));
  };
  return {
    ready: watcher.ready.then(remember),
    async close() {
      closed = true;
      await watcher.close();
    },
  };
}

/** As an editor leaves a file for a moment while it saves. */
async function isEmptyOrGone(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size === 0;
  } catch {
    return true;
  }
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
