import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { asServed } from "../../objects/as-served.ts";
import { describeKey, type ObjectKey } from "../../objects/object-key.ts";
import type { Pod, PodSpec } from "../../objects/pod.ts";
import type { Store } from "../../store/store.ts";
import type { Source, SourceSink } from "../source.ts";
import type { ListClient } from "./list.ts";
import { isRefusal } from "./read-cluster.ts";

export interface PodDataSourceOptions {
  readonly client: ListClient;
  readonly store: Store;
  /** Whether a Pod runs in the cluster: only local ones need these objects. */
  readonly isElsewhere: (pod: Pod) => boolean;
  /** Milliseconds until objects in use are read again. Default: 60 s, like kubelets. */
  readonly interval?: number;
}

/**
 * The ConfigMaps and Secrets of a cluster that local pods refer to. Each is read when the first pod needs it, and
 * again at intervals. No others are ever read.
 */
export class PodDataSource implements Source {
  readonly #options: PodDataSourceOptions;
  /** The objects in use by name, as they were passed to the sink. */
  readonly #used = new Map<string, ObjectKey>();
  readonly #told = new Set<string>();
  readonly #stop = new AbortController();
  #sink: SourceSink | undefined;
  #unsubscribe = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PodDataSourceOptions) {
    this.#options = options;
  }

  async start(sink: SourceSink): Promise<Diagnostic[]> {
    const { store, interval = 60_000 } = this.#options;
    this.#sink = sink;
    this.#unsubscribe = store.subscribe((changes) => {
      for (const { type, kind, object } of changes) {
        if (kind === "Pod" && type === "added") void this.#readFor(object as Pod);
      }
    });
    this.#timer = setInterval(() => {
      for (const key of this.#used.values()) void this.#read(key);
    }, interval).unref();
    await Promise.all(store.list("Pod").map((pod) => this.#readFor(pod)));
    return [];
  }

  async reload(): Promise<Diagnostic[]> {
    await Promise.all([...this.#used.values()].map((key) => this.#read(key)));
    return [];
  }

  owns({ kind, namespace, name }: ObjectKey): boolean {
    return this.#used.has(`${kind}/${namespace}/${name}`);
  }

  async close(): Promise<void> {
    this.#sink = undefined;
    this.#unsubscribe();
    clearInterval(this.#timer);
    this.#stop.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #readFor(pod: Pod): Promise<void> {
    if (this.#options.isElsewhere(pod)) return;
    const { namespace = "default" } = pod.metadata;
    const fresh = [...referencesOf(pod.spec, namespace)].filter((key) => !this.owns(key));
    for (const key of fresh) this.#used.set(`${key.kind}/${key.namespace}/${key.name}`, key);
    await Promise.all(fresh.map((key) => this.#read(key)));
  }

  async #read(key: ObjectKey): Promise<void> {
    const { kind, namespace, name } = key;
    const collection = kind === "Secret" ? "secrets" : "configmaps";
    const path = `/api/v1/namespaces/${namespace}/${collection}/${encodeURIComponent(name)}`;
    try {
      const object = await this.#options.client.get(path, {}, this.#stop.signal);
      const served = asServed(object, "v1", kind);
      if (served !== undefined) this.#sink?.apply([{ op: "put", object: served }]);
    } catch (error) {
      // A deleted object is removed, so that new pods miss it; one that can't be read at present is kept.
      if (!isRefusal(error)) return;
      if (error.status === 404) this.#sink?.apply([{ op: "delete", key }]);
      else this.#tell(key, error.message);
    }
  }

  #tell(key: ObjectKey, why: string): void {
    const name = describeKey(key);
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#sink?.told?.(`${name}, which a local pod needs, can't be read: ${why}`);
  }
}

/** The ConfigMaps and Secrets that a pod's variables and volumes refer to. */
function* referencesOf(
  { containers, initContainers = [], volumes = [] }: PodSpec,
  namespace: string,
): Generator<ObjectKey> {
  const key = (kind: string, name: string | undefined): ObjectKey[] =>
    name === undefined ? [] : [{ kind, namespace, name }];
  for (const { env = [], envFrom = [] } of [...initContainers, ...containers]) {
    for (const { configMapRef, secretRef } of envFrom) {
      yield* key("ConfigMap", configMapRef?.name);
      yield* key("Secret", secretRef?.name);
    }
    for (const { valueFrom } of env) {
      yield* key("ConfigMap", valueFrom?.configMapKeyRef?.name);
      yield* key("Secret", valueFrom?.secretKeyRef?.name);
    }
  }
  for (const { configMap, secret, projected } of volumes) {
    yield* key("ConfigMap", configMap?.name);
    yield* key("Secret", secret?.secretName);
    for (const part of projected?.sources ?? []) {
      yield* key("ConfigMap", part.configMap?.name);
      yield* key("Secret", part.secret?.name);
    }
  }
}
