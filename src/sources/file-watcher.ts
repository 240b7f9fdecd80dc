import { basename, dirname, join, sep } from "node:path";
import { watch } from "chokidar";
import { isManifestFolder, isManifestName, type ManifestPath } from "./manifest-paths.ts";

/** Milliseconds without a change after which what changed is read: an editor writes more than once. */
const SETTLE = 60;
/** It is read at the latest that many milliseconds after the first change. */
const PATIENCE = 500;
/** Milliseconds after which a file that vanished or was emptied is asked again: somebody may be saving it. */
export const SECOND_LOOK = 100;

export interface FileWatcher {
  /** Settles when every later change is seen. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Calls back when files that a path stands for may have appeared, changed or gone, and have settled. */
export function watchPaths(
  paths: readonly ManifestPath[],
  onChange: () => void,
  onError: (error: Error) => void,
): FileWatcher {
  const folders = paths.flatMap((path) =>
    path.type === "folder" ? [path.path] : path.type === "glob" ? [path.glob.base] : [],
  );
  const globs = paths.flatMap((path) => (path.type === "glob" ? [path.glob] : []));
  const files = new Set(paths.flatMap((path) => (path.type === "file" ? [path.path] : [])));
  // Editors that replace a file take its watch along: the folder is watched, and the rest of it ignored.
  const parents = new Set([...files].map(dirname));
  const inFolder = (path: string): boolean =>
    folders.some((folder) => path === folder || path.startsWith(withSeparator(folder)));
  const matters = (path: string): boolean =>
    files.has(path) ||
    globs.some((glob) => glob.matches(path)) ||
    (inFolder(path) && (isManifestName(basename(path)) || !basename(path).includes(".")));

  const settling = new Settling(onChange);
  const watcher = watch([...new Set([...folders, ...parents])], {
    ignoreInitial: true,
    ignored: (path) =>
      inFolder(path)
        ? !folders.includes(path) && !isManifestFolder(basename(path))
        : !files.has(path) && !parents.has(path),
  });
  watcher.on("all", () => settling.touch());
  // The events above leave out what follows too fast on one before: a file that is replaced twice.
  watcher.on("raw", (_event, name, details) => {
    const { watchedPath } = details as { watchedPath?: string };
    if (watchedPath === undefined) return;
    if (matters(watchedPath) || matters(join(watchedPath, name ?? ""))) settling.touch();
  });
  watcher.on("error", (error) =>
    onError(error instanceof Error ? error : new Error(String(error))),
  );
  return {
    ready: new Promise((resolve) => watcher.once("ready", resolve)),
    close: () => {
      settling.stop();
      return watcher.close();
    },
  };
}

/** Calls back when nothing was touched for a while, or when that has been going on for too long. */
class Settling {
  readonly #callback: () => void;
  #timer: NodeJS.Timeout | undefined;
  #deadline = 0;
  #stopped = false;

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  touch(): void {
    if (this.#stopped) return;
    const now = performance.now();
    if (this.#timer === undefined) this.#deadline = now + PATIENCE;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#callback();
      },
      Math.max(0, Math.min(SETTLE, this.#deadline - now)),
    );
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}

function withSeparator(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}
