import { chmodSync, mkdirSync } from "node:fs";

/** Makes a folder that every user may write to; the folders above keep other users out. */
export function makeShared(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
}
