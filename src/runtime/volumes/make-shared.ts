import { chmodSync, mkdirSync } from "node:fs";

/** Makes a folder in which every user may write who gets there: those outside are kept off by the folders above. */
export function makeShared(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
}
