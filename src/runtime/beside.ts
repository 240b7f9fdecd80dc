import type { StringMap } from "../objects/object.ts";
import type { Launch } from "./launch.ts";
import type { Spawn } from "./process-group.ts";

/** How a command is started next to a container's own process. */
export interface Beside {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: StringMap;
  readonly spawn?: Spawn;
}

/** The command's input and output. */
export interface BesideOptions {
  readonly stdin?: boolean;
  readonly tty?: boolean;
}

/** A command beside a container's process: in its folder and network, with its environment and its files. */
export function beside(
  { cwd, env, spawn, container }: Launch,
  command: readonly string[],
  { stdin = false, tty = false }: BesideOptions = {},
): Beside {
  if (container !== undefined) {
    return { command: container.wordsBeside(command, { stdin, tty }), cwd, env };
  }
  return {
    command,
    cwd,
    env: tty ? { TERM: "xterm", ...env } : env,
    ...(spawn === undefined ? {} : { spawn }),
  };
}
