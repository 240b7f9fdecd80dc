import { keyOf } from "../objects/object-key.ts";
import { WORKLOAD_KINDS } from "../objects/workload-kinds.ts";
import type { LocalPods } from "../runtime/local-pods.ts";
import { type StandIn, standInsOf } from "../runtime/stand-ins.ts";
import type { ClusterLayer } from "../sources/cluster/cluster-layer.ts";
import type { Change } from "../store/operation.ts";
import type { Store } from "../store/store.ts";

/** Lets local pods stand in for those of a followed cluster, as the configuration says and the cluster changes. */
export class LocalInstead {
  readonly #layer: ClusterLayer;
  readonly #store: () => Store;
  readonly #config: () => LocalPods;
  #meaning = "";

  constructor(layer: ClusterLayer, store: () => Store, config: () => LocalPods) {
    this.#layer = layer;
    this.#store = store;
    this.#config = config;
  }

  /** The cluster's workloads that local pods stand in for now. */
  list(): StandIn[] {
    return standInsOf(this.#config(), this.#store(), (object) => this.#layer.has(object));
  }

  /** Called with changes of the store. */
  follow(changes: readonly Change[]): void {
    this.#layer.follow(changes);
    const { run, attach } = this.#config();
    if (run.length + attach.length === 0) return;
    const matters = changes.some(
      ({ type, kind }) => type !== "modified" && kind !== "Pod" && WORKLOAD_KINDS.includes(kind),
    );
    if (matters) this.refresh();
  }

  /** The configuration changed, or its meaning may have. */
  refresh(): void {
    const standIns = this.list();
    const meaning = JSON.stringify(
      standIns.map(({ workload: { metadata }, count, beside }) => [metadata.uid, count, beside]),
    );
    if (meaning === this.#meaning) return;
    const before = this.#meaning;
    this.#meaning = meaning;
    this.#layer.replace(standIns.filter(({ beside }) => !beside).map(({ workload }) => workload));
    const workloads = WORKLOAD_KINDS.filter((kind) => kind !== "Pod").flatMap((kind) =>
      this.#store().list(kind),
    );
    // Workloads that are not replaced any more are missing in the list; any change of a workload makes the controller
    // run again.
    const touched = standIns.length > 0 ? standIns.map(({ workload }) => workload) : workloads;
    if (before === "" && standIns.length === 0) return;
    this.#store().apply(touched.map((object) => ({ op: "touch", key: keyOf(object) })));
  }
}
