import { rmSync } from "node:fs";
import { join } from "node:path";
import type { StoreReader } from "../../store/store-reader.ts";
import { makeShared } from "./make-shared.ts";

export interface VolumeFoldersOptions {
  readonly store: StoreReader;
  /** Makes the folder for all of them, with no access for other users. */
  readonly makeRoot: () => string;
  /** A token that the Kubernetes API of this cluster accepts; undefined where none is served. */
  readonly apiToken: () => string | undefined;
}

/** The folders for all pods' volumes of a runtime. */
export class VolumeFolders {
  readonly #options: VolumeFoldersOptions;
  #root: string | undefined;
  #pods = 0;

  constructor(options: VolumeFoldersOptions) {
    this.#options = options;
  }

  get store(): StoreReader {
    return this.#options.store;
  }

  get apiToken(): string | undefined {
    return this.#options.apiToken();
  }

  /** A folder for the volumes of one more pod. */
  podFolder(): string {
    return this.#make("pods", String(++this.#pods));
  }

  /** The folder of a PersistentVolumeClaim, shared by all pods that use it. */
  claim(namespace: string, name: string): string {
    return this.#make("claims", namespace, name);
  }

  /** Removes them: no process is left that could use them. */
  remove(): void {
    if (this.#root !== undefined) rmSync(this.#root, { recursive: true, force: true });
    this.#root = undefined;
  }

  #make(...names: readonly string[]): string {
    this.#root ??= this.#options.makeRoot();
    const folder = join(this.#root, ...names);
    makeShared(folder);
    return folder;
  }
}
