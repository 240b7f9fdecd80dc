import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** Another process uses the folder. */
export class StateInUseError extends Error {
  override readonly name = "StateInUseError";
  readonly code = "state-in-use";

  constructor(folder: string, file: string, pid: number) {
    super(
      `${folder} is in use by process ${pid}; name another folder, or remove ${file} if that process is not kubelane`,
    );
  }
}

/**
 * Locks the folder for this process. A killed process leaves its lock behind, which is ignored since it names no
 * running process.
 * @returns a function that releases the folder
 * @throws StateInUseError
 */
export async function lockState(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, "lock");
  for (;;) {
    try {
      const handle = await open(file, "wx", 0o600);
      await handle.writeFile(`${process.pid}\n`);
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const pid = Number(await readFile(file, "utf8").catch(() => ""));
    if (pid > 0 && isAlive(pid)) throw new StateInUseError(folder, file, pid);
    await rm(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
