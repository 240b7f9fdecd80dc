import { basename, dirname, sep } from "node:path";
import { watch } from "chokidar";
import { isManifestFolder, type ManifestPath } from "./manifest-paths.ts";

/**
 * Milliseconds without a change after which a changed file is to be read. The watcher tells one change of
 * a file in 50 ms and swallows the others: reading later than that sees them all.
 */
export const SETTLE = 60;

export interface FileWatcher {
  /** Settles when every later change is seen. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Calls back whenever a file that a path stands for may have appeared, changed or gone. */
export function watchPaths(
  paths: readonly ManifestPath[],
  onChange: () => void,
  onError: (error: Error) => void,
): FileWatcher {
  const folders = paths.flatMap((path) =>
    path.type === "folder" ? [path.path] : path.type === "glob" ? [path.base] : [],
  );
  const files = new Set(paths.flatMap((path) => (path.type === "file" ? [path.path] : [])));
  // Editors that replace a file take its watch along: the folder is watched, and the rest of it ignored.
  const parents = new Set([...files].map(dirname));
  const inFolder = (path: string): boolean =>
    folders.some((folder) => path === folder || path.startsWith(withSeparator(folder)));
  const watcher = watch([...new Set([...folders, ...parents])], {
    ignoreInitial: true,
    ignored: (path) =>
      inFolder(path)
        ? !folders.includes(path) && !isManifestFolder(basename(path))
        : !files.has(path) && !parents.has(path),
  });
  watcher.on("all", () => onChange());
  watcher.on("error", (error) =>
    onError(error instanceof Error ? error : new Error(String(error))),
  );
  return {
    ready: new Promise((resolve) => watcher.once("ready", resolve)),
    close: () => watcher.close(),
  };
}

function withSeparator(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}
