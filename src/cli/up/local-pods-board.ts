import type { AttachEntry, StubEntry } from "../../manifests/local-config.ts";
import type { LocalPods } from "../../runtime/local-pods.ts";
import { describeTarget } from "../../runtime/target.ts";

/**
 * What stands for pods on this machine: kubelane.yaml, what the command line says for as long as this runs, and what
 * `kubelane run` brings while that lasts.
 */
export class LocalPodsBoard {
  readonly #apply: (pods: LocalPods) => void;
  readonly #stubs: readonly StubEntry[];
  readonly #guests = new Set<AttachEntry>();
  #config: LocalPods;

  /** @param stubs besides those of any configuration */
  constructor(config: LocalPods, stubs: readonly StubEntry[], apply: (pods: LocalPods) => void) {
    this.#config = config;
    this.#stubs = stubs;
    this.#apply = apply;
  }

  get pods(): LocalPods {
    const { attach, stub = [] } = this.#config;
    return {
      ...this.#config,
      attach: [...merged(this.#guests), ...attach],
      stub: [...stub, ...this.#stubs],
    };
  }

  /** Takes effect at once. */
  configure(config: LocalPods): void {
    this.#config = config;
    this.#update();
  }

  /**
   * Adds an entry that wins over those of the configuration; those about the same workload count together.
   * @returns takes it away again.
   */
  add(entry: AttachEntry): () => void {
    this.#guests.add(entry);
    this.#update();
    return () => {
      if (this.#guests.delete(entry)) this.#update();
    };
  }

  #update(): void {
    this.#apply(this.pods);
  }
}

/** One entry a workload, with the addresses of all its guests: a workload has as many pods as its first entry. */
function merged(guests: Iterable<AttachEntry>): AttachEntry[] {
  const entries = new Map<string, AttachEntry>();
  for (const guest of guests) {
    const { target } = guest;
    const id = `${target.namespace}/${describeTarget(target)}`;
    const addresses = [...(entries.get(id)?.addresses ?? []), ...guest.addresses];
    entries.set(id, { ...guest, addresses });
  }
  return [...entries.values()];
}
