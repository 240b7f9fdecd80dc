import type { Dirent, Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type Glob, parseGlob } from "./glob.ts";

/** A path as it was given, resolved: what to read and what to watch for it. */
export type ManifestPath =
  | { readonly type: "stdin" }
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "folder"; readonly path: string }
  | { readonly type: "glob"; readonly glob: Glob; readonly text: string };

/** A file to read. */
export interface ManifestFile {
  /** Absolute; `-` for standard input. */
  readonly path: string;
  /** As the user would type it. */
  readonly shownAs: string;
}

/** Tells files, folders and globs apart by what is on disk now; what is not there counts as a file. */
export async function parseManifestPath(text: string, cwd: string): Promise<ManifestPath> {
  if (text === "-") return { type: "stdin" };
  const path = resolve(cwd, text);
  const found = await statOrUndefined(path);
  if (found?.isDirectory()) return { type: "folder", path };
  const glob = found === undefined ? parseGlob(text, cwd) : undefined;
  return glob === undefined ? { type: "file", path } : { type: "glob", glob, text };
}

/** The files that a path stands for at the moment, in the order of their names. */
export async function listManifestFiles(
  from: ManifestPath,
  cwd: string,
): Promise<{ files: ManifestFile[]; diagnostics: Diagnostic[] }> {
  const files: ManifestFile[] = [];
  const diagnostics: Diagnostic[] = [];
  const add = (path: string): void => void files.push({ path, shownAs: showPath(path, cwd) });
  switch (from.type) {
    case "stdin":
      files.push({ path: "-", shownAs: "-" });
      break;
    case "file":
      add(from.path);
      break;
    case "folder": {
      await walk(from.path, cwd, diagnostics, (path, name) => isManifestName(name) && add(path));
      if (files.length === 0 && diagnostics.length === 0) {
        diagnostics.push(nothingFound(showPath(from.path, cwd), "the folder has no manifests"));
      }
      break;
    }
    case "glob": {
      const { glob } = from;
      await walk(glob.base, cwd, diagnostics, (path) => glob.matches(path) && add(path));
      if (files.length === 0 && diagnostics.length === 0) {
        diagnostics.push(nothingFound(from.text, "no file matches"));
      }
    }
  }
  return { files, diagnostics };
}

/** Files of other tools, and our own config: YAML, but no Kubernetes objects. */
const NO_MANIFESTS = new Set([
  "kustomization.yaml",
  "kustomization.yml",
  "kubelane.yaml",
  "kubelane.yml",
  "skaffold.yaml",
  "docker-compose.yaml",
  "docker-compose.yml",
  "compose.yaml",
  "compose.yml",
]);

/** Whether a file of that name in a folder is read; a file that is named itself always is. */
export function isManifestName(name: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(name) && !name.startsWith(".") && !NO_MANIFESTS.has(name);
}

/** Whether a folder below a given one is looked into. */
export function isManifestFolder(name: string): boolean {
  return !name.startsWith(".") && name !== "node_modules";
}

async function walk(
  folder: string,
  cwd: string,
  diagnostics: Diagnostic[],
  visit: (path: string, name: string) => void,
): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    diagnostics.push(unreadable(showPath(folder, cwd), error));
    return;
  }
  if (entries.some(({ name }) => name === "Chart.yaml")) {
    diagnostics.push({
      rule: "helm-chart",
      severity: "warning",
      message: "this folder is a Helm chart; its templates are no manifests and are not read",
      hint: "render it (helm template NAME FOLDER > rendered.yaml) and load the result",
      position: { file: showPath(join(folder, "Chart.yaml"), cwd), line: 1, column: 1 },
    });
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const isLink = entry.isSymbolicLink();
    const found = isLink ? await statOrUndefined(path) : entry;
    if (found?.isDirectory()) {
      if (!isManifestFolder(entry.name)) continue;
      // As kubectl: a link to a folder could lead in circles.
      if (isLink) diagnostics.push(await linkedFolder(path, cwd));
      else await walk(path, cwd, diagnostics, visit);
    } else if (found?.isFile() || (isLink && found === undefined && isManifestName(entry.name))) {
      // A link that leads nowhere is told by who reads it.
      visit(path, entry.name);
    }
  }
}

async function linkedFolder(path: string, cwd: string): Promise<Diagnostic> {
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
    position: { file: showPath(path, cwd), line: 1, column: 1 },
  };
}

/** A file that can't be read: the message says what the system says, in words. */
export function unreadable(file: string, error: unknown): Diagnostic {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = REASONS.get(code) ?? (error instanceof Error ? error.message : String(error));
  return {
    rule: "file-unreadable",
    severity: "error",
    message: `can't be read: ${reason}`,
    ...(code === "ENOENT" ? { hint: "check the path; it is relative to the current folder" } : {}),
    position: { file, line: 1, column: 1 },
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

function nothingFound(file: string, message: string): Diagnostic {
  return {
    rule: "no-manifests",
    severity: "warning",
    message,
    hint: "manifests are files that end with .yaml, .yml or .json",
    position: { file, line: 1, column: 1 },
  };
}

function showPath(path: string, cwd: string): string {
  const shown = relative(cwd, path);
  return shown === "" ? "." : shown.startsWith("..") ? path : shown;
}

async function statOrUndefined(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}
