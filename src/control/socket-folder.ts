import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where running engines put their control sockets: a folder only its owner may enter. */
export function socketFolder(env: Environment): string {
  const explicit = env["KUBELANE_RUNTIME_DIR"];
  if (explicit) return explicit;
  const runtime = env["XDG_RUNTIME_DIR"];
  return runtime ? join(runtime, "kubelane") : join(tmpdir(), `kubelane-${userInfo().username}`);
}

/**
 * Makes sure of the folder, and that nobody else may look into it.
 * @throws ControlFolderError when it belongs to somebody else or others may write to it: in a shared
 *   temporary folder anyone can be there first.
 */
export function ensureSocketFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = process.getuid?.();
  if (own === undefined) return;
  const { uid, mode } = lstatSync(folder);
  if (uid !== own || (mode & 0o022) !== 0) throw new ControlFolderError(folder);
  if ((mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

export class ControlFolderError extends Error {
  override readonly name = "ControlFolderError";
  readonly code = "control-folder-not-private";
  readonly folder: string;

  constructor(folder: string) {
    super(`${folder} is not private to this user; remove it, or set KUBELANE_RUNTIME_DIR`);
    this.folder = folder;
  }
}
