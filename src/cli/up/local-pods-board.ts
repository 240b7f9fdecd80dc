import type { AttachEntry } from "../../manifests/local-config.ts";
import type { LocalPods } from "../../runtime/local-pods.ts";
import { describeTarget } from "../../runtime/target.ts";

/** What stands for pods on this machine: settings, and what `kubelane run` brings while it lasts. */
export class LocalPodsBoard {
  readonly #apply: (pods: LocalPods) => void;
  readonly #guests = new Set<AttachEntry>();
  #config: LocalPods;

  constructor(config: LocalPods, apply: (pods: LocalPods) => void) {
    this.#config = config;
    this.#apply = apply;
  }

  get pods(): LocalPods {
    const { run, attach, images = [], stub = [], containers = "off" } = this.#config;
    return { run, images, stub, containers, attach: [...merged(this.#guests), ...attach] };
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
