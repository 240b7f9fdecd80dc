import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The user's own folder for files that need not survive a reboot: KUBELANE_RUNTIME_DIR, or one below XDG_RUNTIME_DIR
 * or the temporary folder.
 */
export function privateFolder(env: Readonly<Record<string, string | undefined>>): string {
  const explicit = env["KUBELANE_RUNTIME_DIR"];
  if (explicit) return explicit;
  const runtime = env["XDG_RUNTIME_DIR"];
  // By uid, as users in containers may have no name.
  return runtime
    ? join(runtime, "kubelane")
    : join(tmpdir(), `kubelane-${process.getuid?.() ?? "user"}`);
}

/**
 * Makes the folder and checks that other users have no access.
 * @throws PrivateFolderError when it can't be made, belongs to another user or is writable by others: in a shared
 * temporary folder anyone could have made it first.
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
