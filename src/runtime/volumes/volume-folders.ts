import { rmSync } from "node:fs";
import { join } from "node:path";
import type { StoreReader } from "../../store/store-reader.ts";
import { makeShared } from "./make-shared.ts";

export interface VolumeFoldersOptions {
  readonly store: StoreReader;
  /** Makes the folder for all of them, into which nobody else may look. */
  readonly makeRoot: () => string;
  /** What the Kubernetes API of this cluster takes; undefined where none runs. */
  readonly apiToken: () => string | undefined;
}

/** Where the volumes of all pods of a runtime are. */
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

  /** The folder of a claim, the same for all pods that have it. */
  claim(namespace: string, name: string): string {
    return this.#make("claims", namespace, name);
  }

  /** Nothing runs any more that could use them. */
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
