import { lstatSync, mkdirSync } from "node:fs";
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
 * Makes sure of the folder.
 * @throws ControlFolderError when it belongs to somebody else or others may write to it: in a shared
 *   temporary folder anyone can be there first.
 */
export function ensureSocketFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  const own = process.getuid?.();
  if (own !== undefined && (uid !== own || (mode & 0o077) !== 0))
    throw new ControlFolderError(folder);
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
