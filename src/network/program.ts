import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** Folders of network programs, which are missing in many users' PATH. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/** PATH, with the system's folders appended. */
export function systemPath(path: string | undefined): string {
  const given = (path ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...given, ...SYSTEM_FOLDERS.filter((folder) => !given.includes(folder))].join(delimiter);
}

/** The executable file of a program; undefined when there is none. */
export function findProgram(name: string, path: string, cwd = "/"): string | undefined {
  return programFiles(name, path, cwd).find(isProgram);
}

/** All paths where a program may be, existing or not. */
export function programFiles(name: string, path: string, cwd: string): string[] {
  return name.includes("/")
    ? [resolve(cwd, name)]
    : path.split(delimiter).map((folder) => join(folder, name));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
