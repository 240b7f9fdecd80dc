import type { AttachEntry } from "../../manifests/local-config.ts";
import type { LocalPods } from "../../runtime/local-pods.ts";

/** What stands for pods on this machine: kubelane.yaml, and what `kubelane run` brings while it lasts. */
export class LocalPodsBoard {
  readonly #apply: (pods: LocalPods) => void;
  readonly #guests = new Set<AttachEntry>();
  #config: LocalPods;

  constructor(config: LocalPods, apply: (pods: LocalPods) => void) {
    this.#config = config;
    this.#apply = apply;
  }

  /** Takes effect at once. */
  configure(config: LocalPods): void {
    this.#config = config;
    this.#update();
  }

  /** Adds an entry that wins over those of the configuration. @returns takes it away again. */
  add(entry: AttachEntry): () => void {
    this.#guests.add(entry);
    this.#update();
    return () => {
      if (this.#guests.delete(entry)) this.#update();
    };
  }

  #update(): void {
    const { run, attach } = this.#config;
    this.#apply({ run, attach: [...this.#guests, ...attach] });
  }
}
