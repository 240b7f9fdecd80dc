import { kubeconfigOf } from "../control/kubeconfig.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { createEngine, type Engine } from "../engine/engine.ts";
import type { WorkloadTarget } from "../manifests/local-config.ts";
import { readManifest } from "../manifests/read-manifest.ts";
import { parseTarget } from "../manifests/workload-target.ts";
import { AddressPool, DEFAULT_POD_RANGE } from "../net/address-pool.ts";
import { append } from "../objects/append.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { keyOf, qualifiedName } from "../objects/object-key.ts";
import { type Pod, type PodStatus, podIPs } from "../objects/pod.ts";
import { pendingStatus } from "../runtime/pod-status.ts";
import { lineageOf } from "../runtime/target.ts";
import type { Change } from "../store/operation.ts";
import {
  type Manifests,
  type PodServers,
  type TestApi,
  type TestCluster,
  TestClusterError,
  type TestClusterOptions,
} from "./test-cluster-options.ts";
import { ServedPod } from "./test-pod.ts";

interface Entry {
  readonly target: WorkloadTarget;
  readonly server: PodServers[string];
}

export class ServedCluster implements TestCluster {
  readonly engine: Engine;
  readonly diagnostics: Diagnostic[] = [];
  readonly #namespace: string;
  readonly #entries: readonly Entry[];
  readonly #pool = new AddressPool(DEFAULT_POD_RANGE);
  readonly #pods = new Map<string, ServedPod>();
  readonly #byAddress = new Map<string, ServedPod>();
  /** Servers that start or end. */
  readonly #busy = new Set<Promise<void>>();
  readonly #unsubscribe: () => void;
  #unhook: (() => void) | undefined;
  #api: TestApi | undefined;

  static async start(
    manifests: Manifests,
    servers: PodServers,
    options: TestClusterOptions,
  ): Promise<ServedCluster> {
    const cluster = new ServedCluster(servers, options);
    try {
      await cluster.apply(manifests);
      for (const { target } of cluster.#entries) cluster.#checkTarget(target);
      if (options.api === true) await cluster.#openApi();
      if (options.hook !== false) cluster.#unhook = cluster.engine.inProcess.hook();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  constructor(servers: PodServers, { namespace = "default", api = false }: TestClusterOptions) {
    this.#namespace = namespace;
    this.#entries = Object.entries(servers).map(([text, server]) => ({
      target: this.#target(text),
      server,
    }));
    this.engine = createEngine({
      defaultNamespace: namespace,
      // Clients of the API know them, and nothing here does.
      legacyEndpoints: api,
      localAddressOf: (address) => this.#byAddress.get(address)?.local,
    });
    this.#unsubscribe = this.engine.store.subscribe((changes) => this.#follow(changes));
  }

  get api(): TestApi {
    if (this.#api === undefined) {
      throw new TestClusterError("the Kubernetes API is served with option `api: true` only");
    }
    return this.#api;
  }

  pods(target?: string): readonly ServedPod[] {
    const pods = [...this.#pods.values()];
    if (target === undefined) return pods;
    const wanted = this.#target(target);
    this.#checkTarget(wanted);
    return pods.filter(({ namespace, name }) => {
      const pod = this.engine.store.get("Pod", namespace, name);
      return pod !== undefined && this.#isMeant(wanted, pod);
    });
  }

  async scale(target: string, replicas: number): Promise<void> {
    const wanted = this.#target(target);
    this.#checkTarget(wanted);
    if ("selector" in wanted || wanted.kind === "Pod") {
      throw new TestClusterError(`${target} is no workload that has replicas`);
    }
    const { kind, namespace = this.#namespace, name } = wanted;
    const workload = this.engine.store.get(kind, namespace, name) as KubernetesObject;
    const spec = { ...(workload.spec as object), replicas };
    this.engine.store.apply([{ op: "put", object: { ...workload, spec } }]);
    await this.#settled();
  }

  async apply(manifests: Manifests): Promise<void> {
    const inputs = [manifests].flat() as (string | KubernetesObject)[];
    const found: Diagnostic[] = [];
    const loadable = inputs.flatMap((input) => {
      if (typeof input !== "string" || !input.includes("\n")) return [input];
      const reading = readManifest(input, "manifests");
      append(found, reading.diagnostics);
      return reading.objects.map(({ object }) => object);
    });
    append(found, await this.engine.load(loadable));
    const errors = found.filter(({ severity }) => severity === "error");
    if (errors.length > 0) {
      const list = errors.map(({ message, position, object }) => {
        const where = position ? `${position.file}:${position.line}` : (object ?? "manifests");
        return `${where}: ${message}`;
      });
      throw new TestClusterError(`the manifests have errors: ${list.join("; ")}`, errors);
    }
    append(this.diagnostics, found);
    await this.#settled();
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#unhook?.();
    this.#unhook = undefined;
    await this.engine.close({ grace: 0 });
    await Promise.all([...this.#pods.values()].map((pod) => pod.stop(true)));
    await this.#settled();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #openApi(): Promise<void> {
    const { api } = await this.engine.listen({ api: { listen: "127.0.0.1:0" } });
    const { host, port, token, ca } = api!;
    const access = { server: `https://${host}:${port}`, token, ca };
    this.#api = { ...access, kubeconfig: JSON.stringify(kubeconfigOf(access, this.#namespace)) };
  }

  #target(text: string): WorkloadTarget {
    const read = parseTarget(text, this.#namespace);
    if ("target" in read) return read.target;
    throw new TestClusterError(
      `${JSON.stringify(text)}: ${read.message}${read.hint === undefined ? "" : `; ${read.hint}`}`,
    );
  }

  #checkTarget(target: WorkloadTarget): void {
    if ("selector" in target) return;
    const { kind, namespace = this.#namespace, name } = target;
    const { store } = this.engine;
    if (store.get(kind, namespace, name) !== undefined) return;
    const there = store
      .list(kind)
      .map(({ metadata }) => qualifiedName(metadata.namespace, metadata.name));
    const short = kind.split(".", 1)[0];
    throw new TestClusterError(
      `the manifests have no ${short} ${namespace}/${name}; they have ${there.join(", ") || "none at all"}`,
    );
  }

  #isMeant(target: WorkloadTarget, pod: Pod): boolean {
    if ("selector" in target) {
      return (
        pod.metadata.namespace === target.namespace &&
        target.selector.matches(pod.metadata.labels ?? {})
      );
    }
    return lineageOf(pod, this.engine.store).some(
      (key) =>
        key.kind === target.kind && key.name === target.name && key.namespace === target.namespace,
    );
  }

  #follow(changes: readonly Change[]): void {
    for (const { type, kind, object } of changes) {
      if (kind !== "Pod") continue;
      if (type === "deleted") this.#leave(object as Pod);
      else if (!this.#pods.has(idOf(object))) this.#enter(object as Pod);
    }
  }

  #enter(pod: Pod): void {
    const entry = this.#entries.find(({ target }) => this.#isMeant(target, pod));
    const { namespace = "", name } = pod.metadata;
    if (entry === undefined) {
      // Pods that bring their status are somewhere else.
      if (podIPs(pod).length > 0 || pod.status?.conditions !== undefined) return;
      this.#write(pod, pendingStatus("NoServer", "the test has no server for it", Date.now()));
      return;
    }
    const address = this.#pool.allocate(qualifiedName(namespace, name)) ?? "";
    const served = new ServedPod({ namespace, name, address }, entry.server, (of, reason) => {
      const stored = this.engine.store.get("Pod", of.namespace, of.name);
      if (stored !== undefined) this.#write(stored, statusOf(stored, of, reason));
    });
    this.#pods.set(idOf(pod), served);
    this.#byAddress.set(address, served);
    this.#track(served.start());
  }

  #leave(pod: Pod): void {
    const served = this.#pods.get(idOf(pod));
    if (served === undefined) return;
    this.#pods.delete(idOf(pod));
    this.#track(
      served.stop(false).then(() => {
        this.#byAddress.delete(served.address);
        this.#pool.release(served.address);
      }),
    );
  }

  #write(pod: Pod, status: PodStatus): void {
    this.engine.store.apply([{ op: "status", key: keyOf(pod), status }]);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#busy.delete(tracked));
    this.#busy.add(tracked);
  }

  /** Starting a server changes a pod, which may start others. */
  async #settled(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }
}

function statusOf(pod: Pod, { address, ready }: ServedPod, reason: string | undefined): PodStatus {
  const why = ready ? {} : { reason: "ContainersNotReady", message: reason ?? "" };
  const status = ready ? "True" : "False";
  const lastTransitionTime = new Date().toISOString();
  const conditions = ["ContainersReady", "Ready"].map(
    (type) => ({ type, status, ...why }) as const,
  );
  return {
    phase: "Running",
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: [
      { type: "PodScheduled", status: "True" },
      ...conditions.map((condition) => ({ ...condition, lastTransitionTime })),
    ],
    containerStatuses: pod.spec.containers.map(({ name }) => ({ name, ready, restartCount: 0 })),
  };
}

function idOf({ metadata }: KubernetesObject): string {
  return qualifiedName(metadata.namespace, metadata.name);
}
