import { access, realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Unwatched } from "./folder-watches.ts";

/** As the user would type it. */
export function showPath(path: string, cwd: string): string {
  const shown = relative(cwd, path);
  return shown === "" ? "." : shown.startsWith("..") ? path : shown;
}

/** Part of what the user named could not be read, so its content is unknown. */
export function isUnread({ rule }: Diagnostic): boolean {
  return UNREAD.has(rule);
}

const UNREAD: ReadonlySet<string> = new Set(["file-unreadable", "tool-missing", "render-failed"]);

/** A file that can't be read, with the system's reason in words. */
export function unreadable(file: string, error: unknown): Diagnostic {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = REASONS.get(code) ?? (error instanceof Error ? error.message : String(error));
  return {
    rule: "file-unreadable",
    severity: "error",
    message: `can't be read: ${reason}`,
    ...(code === "ENOENT" ? { hint: "check the path; it is relative to the current folder" } : {}),
    position: start(file),
  };
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EISDIR", "it is a folder"],
  ["EMFILE", "too many open files"],
  ["ELOOP", "its symbolic links lead in circles"],
]);

export function notText(file: string): Diagnostic {
  return {
    rule: "not-text",
    severity: "error",
    message: "this is no text: its bytes are neither UTF-8 nor marked UTF-16",
    hint: "save it as UTF-8",
    position: start(file),
  };
}

/** A file that had objects and is empty now, as a shell leaves it before it writes. */
export function emptied(file: string, objects: number): Diagnostic {
  const what = objects === 1 ? "the object" : `the ${objects} objects`;
  return {
    rule: "file-emptied",
    severity: "warning",
    message: `the file is empty now; ${what} that it had ${objects === 1 ? "is" : "are"} served on until it has text again`,
    hint: "remove the file if nothing of it is to be served",
    position: start(file),
  };
}

export function nothingFound(file: string, message: string): Diagnostic {
  return {
    rule: "no-manifests",
    severity: "warning",
    message,
    hint: "manifests are files that end with .yaml, .yml or .json",
    position: start(file),
  };
}

/** @param leftOut how many files and folders in it are ignored. */
export function emptyFolder(folder: string, leftOut: number): Diagnostic {
  if (leftOut === 0) return nothingFound(folder, "the folder has no manifests");
  return {
    ...nothingFound(folder, "the folder has no manifests beside what is ignored"),
    hint: "name what .gitignore, .kubelaneignore or --exclude leave out, and it is read all the same",
  };
}

/**
 * @param folder as it is shown.
 * @param isNamed whether the user named this folder, not one above it.
 */
export function helmChart(folder: string, isNamed: boolean): Diagnostic {
  return {
    rule: "helm-chart",
    severity: isNamed ? "warning" : "info",
    message: "this folder is a Helm chart; its templates are no manifests and are not read",
    hint: `have it rendered: manifests: [{ helm: ${folder} }] in kubelane.yaml`,
    position: start(join(folder, "Chart.yaml")),
  };
}

/**
 * @param folder as it is shown.
 * @param file the name of the kustomization in it.
 * @param isNamed whether the user named this folder, not one above it.
 */
export function kustomization(folder: string, file: string, isNamed: boolean): Diagnostic {
  return {
    rule: "kustomization-folder",
    severity: isNamed ? "warning" : "info",
    message: isNamed
      ? "this folder is a kustomization; its files are parts of it and are not read as manifests"
      : "this folder is a kustomization; its patches and generators are not read, and its other files as they are",
    hint: `use -k ${folder}, or manifests: [{ kustomize: ${folder} }] in kubelane.yaml`,
    position: start(join(folder, file)),
  };
}

/** A folder that the user wants rendered but that is neither a kustomization nor a chart. */
export async function noKustomization(folder: string, shownAs: string): Promise<Diagnostic> {
  try {
    await access(folder);
  } catch (error) {
    return unreadable(shownAs, error);
  }
  return {
    rule: "file-unreadable",
    severity: "error",
    message: "can't be rendered: there is no kustomization.yaml in it",
    hint: `use -f ${shownAs} for a folder of plain manifests`,
    position: start(shownAs),
  };
}

export async function linkedFolder(path: string, cwd: string): Promise<Diagnostic> {
  const [from, target] = await Promise.all([realpath(dirname(path)), realpath(path)]);
  const shown = showPath(target, cwd);
  const isCircle = from === target || from.startsWith(join(target, sep));
  return {
    rule: "folder-link",
    severity: "warning",
    message: isCircle
      ? `this link leads back to ${shown}, in circles; it is not followed`
      : `this is a link to the folder ${shown}; such links are not followed`,
    hint: isCircle ? "remove the link" : `name ${shown} itself if its manifests belong here`,
    position: start(showPath(path, cwd)),
  };
}

/** The system does not report changes. @param seconds between two checks. */
export function notWatched(
  { folder, reason }: Unwatched,
  cwd: string,
  seconds: number,
): Diagnostic {
  return {
    rule: "not-watched",
    severity: "warning",
    message: `${UNWATCHED[reason].why}; changes are looked for every ${seconds} s instead`,
    hint: UNWATCHED[reason].next,
    position: start(showPath(folder, cwd)),
  };
}

const UNWATCHED = {
  watches: {
    why: "the system's limit of inotify watches is reached",
    next: "lift it: sudo sysctl fs.inotify.max_user_watches=524288",
  },
  instances: {
    why: "the system's limit of inotify instances, or of open files, is reached",
    next: "lift it: sudo sysctl fs.inotify.max_user_instances=1024, or ulimit -n 65536",
  },
  "file-system": {
    why: "the file system of this folder tells nobody of changes",
    next: "keep the manifests on a disk of this machine to have changes served at once",
  },
} as const;

function start(file: string) {
  return { file, line: 1, column: 1 };
}
