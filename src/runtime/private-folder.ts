import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The user's own folder for what need not survive a reboot: KUBELANE_RUNTIME_DIR, or below XDG_RUNTIME_DIR or
 * the temporary folder.
 */
export function privateFolder(env: Readonly<Record<string, string | undefined>>): string {
  const explicit = env["KUBELANE_RUNTIME_DIR"];
  if (explicit) return explicit;
  const runtime = env["XDG_RUNTIME_DIR"];
  // By number, as a uid need not have a name (containers).
  return runtime
    ? join(runtime, "kubelane")
    : join(tmpdir(), `kubelane-${process.getuid?.() ?? "user"}`);
}

/**
 * Makes sure of the folder, and that nobody else may look into it.
 * @throws PrivateFolderError when it can't be made, belongs to somebody else or others may write to it: in a shared
 *   temporary folder anyone can be there first.
 */
export function ensurePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new PrivateFolderError(folder, { cause });
  }
  const own = process.getuid?.();
  if (own === undefined) return;
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== own || (stat.mode & 0o022) !== 0) {
    throw new PrivateFolderError(folder);
  }
  if ((stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

export class PrivateFolderError extends Error {
  override readonly name = "PrivateFolderError";
  readonly code = "folder-not-private";
  readonly folder: string;

  constructor(folder: string, options: ErrorOptions = {}) {
    const { message } = (options.cause ?? {}) as { readonly message?: string };
    super(
      message === undefined
        ? `${folder} is not private to this user; remove it, or set KUBELANE_RUNTIME_DIR`
        : `the runtime folder ${folder} can't be made (${message}); set KUBELANE_RUNTIME_DIR to one that can`,
      options,
    );
    this.folder = folder;
  }
}
