import { basename, resolve } from "node:path";
import { watch } from "chokidar";
import { parseGlob } from "./glob.ts";

/** Folders that programs read but nobody edits. */
const IGNORED: ReadonlySet<string> = new Set(["node_modules", ".git"]);

export interface ProgramWatcherOptions {
  /** Files, folders (everything below) and globs. */
  readonly paths: readonly string[];
  readonly cwd: string;
  /** Called once for changes that come together. */
  readonly onChange: (files: readonly string[]) => void;
  readonly onError: (error: Error) => void;
  /** Milliseconds without a change before `onChange`. Default: 100. */
  readonly debounce?: number;
}

export interface ProgramWatcher {
  /** Settles when every later change is seen. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Watches the source files of programs, in whatever language. */
export function watchProgram(options: ProgramWatcherOptions): ProgramWatcher {
  const { cwd, onChange, onError, debounce = 100 } = options;
  const patterns = options.paths.map((path) => {
    const base = resolve(cwd, path);
    const matches = (file: string) => `${file}/`.startsWith(`${base}/`);
    return parseGlob(path, cwd) ?? { base, matches };
  });
  const isMeant = (file: string) => patterns.some((pattern) => pattern.matches(file));
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(
    patterns.map(({ base }) => base),
    { ignoreInitial: true, ignored: (path) => IGNORED.has(basename(path)) },
  );
  watcher.on("all", (event, file) => {
    if (event === "addDir" || event === "unlinkDir" || !isMeant(file)) return;
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const files = [...changed];
      changed.clear();
      onChange(files);
    }, debounce);
  });
  watcher.on("error", (error) =>
    onError(error instanceof Error ? error : new Error(String(error))),
  );
  return {
    ready: new Promise((resolve) => watcher.once("ready", resolve)),
    async close() {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}
