import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The user's folder for persistent data, such as the authority that browsers are told to trust: KUBELANE_DATA_DIR, or
 * below XDG_DATA_HOME or ~/.local/share.
 */
export function dataFolder(env: Readonly<Record<string, string | undefined>>): string {
  const explicit = env["KUBELANE_DATA_DIR"];
  if (explicit) return explicit;
  const data = env["XDG_DATA_HOME"] || join(env["HOME"] || homedir(), ".local", "share");
  return join(data, "kubelane");
}
