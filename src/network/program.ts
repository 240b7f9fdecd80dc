import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** Where the programs are that set up networks, for users whose PATH leaves those folders out. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/** PATH with the system's own folders after it. */
export function systemPath(path: string | undefined): string {
  const given = (path ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...given, ...SYSTEM_FOLDERS.filter((folder) => !given.includes(folder))].join(delimiter);
}

/** The file that a program's name means; undefined when there is none that may be run. */
export function findProgram(name: string, path: string, cwd = "/"): string | undefined {
  return programFiles(name, path, cwd).find(isProgram);
}

/** The files that a program's name may mean, whether they are there or not. */
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
