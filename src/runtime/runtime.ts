/*
 * The runtime's public surface:
 *
 *   createRuntime({ store, run, attach, podRange?, nodeName?, hostIP?, clock?, spawn?, environment?,
 *                   serviceAddress?, localIP?, backOff?, environmentSources?, onEvent? }) → Runtime
 *   runtime.start()                          sees what is in the store, and every change from then on
 *   runtime.update({ run, attach })          another configuration; what it does not concern goes on
 *   runtime.localAddressOf(podIP, port)      → { host, port } | undefined, for the dialer
 *   runtime.close({ grace? })                SIGTERM, grace period, SIGKILL; no process is left
 *   replicasFor({ run, attach })             (replicas.ts) → the workload controllers' `replicasOf`
 */
import { AddressPool, DEFAULT_POD_RANGE } from "../net/address-pool.ts";
import { mirrorAddress } from "../net/loopback-mirror.ts";
import type { StringMap } from "../objects/object.ts";
import { keyOf, type ObjectKey } from "../objects/object-key.ts";
import { type Pod, type PodStatus, podIPs } from "../objects/pod.ts";
import { clusterIPs } from "../objects/service.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Change } from "../store/operation.ts";
import type { Store } from "../store/store.ts";
import { AttachedPod } from "./attached-pod.ts";
import { type BackOffPolicy, KUBELET_BACK_OFF } from "./back-off.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ALL_SOURCES, type EnvironmentSources } from "./environment.ts";
import type { EventListener } from "./event.ts";
import { defaultStateFolder, Ledger } from "./ledger.ts";
import { endLeftovers } from "./leftovers.ts";
import type { LocalPod } from "./local-pod.ts";
import type { LocalAddress, LocalPods } from "./local-pods.ts";
import { LocalPorts } from "./local-ports.ts";
import { pendingStatus } from "./pod-status.ts";
import { PodWorker } from "./pod-worker.ts";
import type { Spawn } from "./process-group.ts";
import type { RuntimeSettings } from "./runtime-settings.ts";
import type { ServiceAddress } from "./service-links.ts";
import { bringsStatus, isSame, type Slot } from "./slot.ts";
import { type Assignment, assignmentOf, describeTarget } from "./target.ts";

export interface RuntimeOptions extends LocalPods {
  readonly store: Store;
  /** Where pod addresses are taken from. Default 10.244.0.0/16. */
  readonly podRange?: string;
  /** For pods that name no node. Default `local`. */
  readonly nodeName?: string;
  /** Default 127.0.0.1. */
  readonly hostIP?: string;
  readonly clock?: Clock;
  readonly spawn?: Spawn;
  /** Further variables for a pod's processes, before the pod's own: the proxy variables. */
  readonly environment?: (pod: Pod) => StringMap;
  /** Where a process reaches a service port. Default: the port on the loopback mirror of the ClusterIP. */
  readonly serviceAddress?: ServiceAddress;
  /** Where a process reaches a pod address, its own included. Default: the loopback mirror. */
  readonly localIP?: (podIP: string) => string;
  /** Between restarts. Default: the kubelet's, 10 s doubling to 5 min. */
  readonly backOff?: Partial<BackOffPolicy>;
  readonly environmentSources?: Partial<EnvironmentSources>;
  /**
   * Where running processes are written down, so that the next run ends what a killed one left. Default: the
   * user's runtime folder; `false` writes nothing and ends nothing.
   */
  readonly stateFolder?: string | false;
  readonly onEvent?: EventListener;
}

export interface Runtime {
  start(): void;
  update(config: LocalPods): void;
  /** Where this machine reaches a container port of a local pod; undefined when the address is none of ours. */
  localAddressOf(podIP: string, port: number): LocalAddress | undefined;
  /** Ends every process; a second call with another grace hastens the first. @param grace milliseconds at most */
  close(options?: { readonly grace?: number }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export function createRuntime(options: RuntimeOptions): Runtime {
  return new PodRuntime(options);
}

class PodRuntime implements Runtime {
  readonly #store: Store;
  readonly #settings: RuntimeSettings;
  readonly #pool: AddressPool;
  readonly #slots = new Map<string, Slot>();
  readonly #byIP = new Map<string, Slot>();
  /** Pods that are gone from the store while their processes still end, by id. */
  readonly #leaving = new Map<string, { readonly local: LocalPod; readonly gone: Promise<void> }>();
  readonly #stateFolder: string | undefined;
  readonly #ledger: Ledger | undefined;
  #config: LocalPods;
  #unsubscribe: (() => void) | undefined;
  /** Settles when what an earlier run left has ended: it may hold files that the next one needs. */
  #tidied: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: RuntimeOptions) {
    this.#store = options.store;
    this.#config = { run: options.run, attach: options.attach };
    this.#pool = new AddressPool(options.podRange ?? DEFAULT_POD_RANGE);
    const { stateFolder = defaultStateFolder() } = options;
    this.#stateFolder = stateFolder === false ? undefined : stateFolder;
    this.#ledger = this.#stateFolder === undefined ? undefined : new Ledger(this.#stateFolder);
    const { base, cap } = { ...KUBELET_BACK_OFF, ...options.backOff };
    this.#settings = {
      store: options.store,
      clock: options.clock ?? systemClock,
      ...(options.spawn === undefined ? {} : { spawn: options.spawn }),
      nodeName: options.nodeName ?? "local",
      hostIP: options.hostIP ?? "127.0.0.1",
      backOff: { base: Math.min(base, cap), cap },
      sources: { ...ALL_SOURCES, ...options.environmentSources },
      localIP: options.localIP ?? ((ip) => mirrorAddress(ip) ?? ip),
      serviceAddress: options.serviceAddress ?? mirroredServiceAddress,
      environment: options.environment ?? (() => ({})),
      ports: new LocalPorts(process.pid * 101),
      record: (entry) => this.#ledger?.record(entry) ?? (() => {}),
      emit: options.onEvent ?? (() => {}),
    };
  }

  start(): void {
    if (this.#unsubscribe !== undefined || this.#closed) return;
    this.#unsubscribe = this.#store.subscribe((changes) => this.#changed(changes));
    process.once("exit", this.#killAll);
    this.#tidied = this.#endLeftovers();
    for (const pod of this.#store.list("Pod")) this.#consider(pod);
  }

  async #endLeftovers(): Promise<void> {
    if (this.#stateFolder === undefined) return;
    const { clock, emit } = this.#settings;
    for (const { pid, pod } of await endLeftovers(this.#stateFolder, clock)) {
      emit({ type: "leftover-ended", pid, pod });
    }
  }

  update(config: LocalPods): void {
    this.#config = config;
    if (this.#unsubscribe === undefined) return;
    for (const pod of this.#store.list("Pod")) this.#consider(pod);
  }

  localAddressOf(podIP: string, port: number): LocalAddress | undefined {
    return this.#byIP.get(podIP)?.local?.addressOf(port);
  }

  async close({ grace }: { readonly grace?: number } = {}): Promise<void> {
    this.#closed = true;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    for (const slot of [...this.#slots.values()]) this.#leave(slot, grace);
    const leaving = [...this.#leaving.values()];
    if (grace !== undefined) for (const { local } of leaving) void local.stop({ grace });
    await Promise.all(leaving.map(({ gone }) => gone));
    process.off("exit", this.#killAll);
    this.#ledger?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For an end of this process that waits for nobody. */
  readonly #killAll = (): void => {
    for (const { local } of [...this.#slots.values(), ...this.#leaving.values()]) {
      if (local instanceof PodWorker) local.kill();
    }
  };

  #changed(changes: readonly Change[]): void {
    let references = false;
    for (const { type, kind, object } of changes) {
      if (kind === "ConfigMap" || kind === "Secret") references = true;
      if (kind !== "Pod") continue;
      if (type === "deleted") {
        const slot = this.#slots.get(idOf(keyOf(object)));
        if (slot !== undefined) this.#leave(slot);
      } else {
        this.#consider(object as Pod);
      }
    }
    if (!references) return;
    for (const { local } of this.#slots.values()) if (local instanceof PodWorker) local.poke();
  }

  /** Level-based: looks at what the pod is now, and does something when the slot is about something else. */
  #consider(pod: Pod): void {
    const id = idOf(keyOf(pod));
    const slot = this.#slots.get(id);
    const assignment = assignmentOf(pod, this.#config, this.#store);
    if (slot !== undefined) {
      if (isSame(slot, pod, assignment)) {
        slot.assignment = assignment;
        if (pod.metadata.deletionTimestamp !== undefined) this.#terminate(slot);
        return;
      }
      this.#leave(slot);
    }
    const foreign =
      assignment === undefined && (slot === undefined ? bringsStatus(pod) : slot.foreign === true);
    const next = foreign
      ? { key: keyOf(pod), pod, assignment, foreign }
      : this.#slotFor(pod, assignment);
    this.#slots.set(id, next);
    // Addresses that pods bring along are left to them.
    if (foreign) for (const ip of podIPs(pod)) this.#pool.claim(ip);
    if (next.podIP !== undefined) this.#byIP.set(next.podIP, next);
    next.local?.start();
  }

  #slotFor(pod: Pod, assignment: Assignment | undefined): Slot {
    const key = keyOf(pod);
    if (assignment === undefined) {
      this.#publish(
        key,
        pendingStatus(
          "NoLocalProcess",
          "no `run` or `attach` entry for it in kubelane.yaml",
          this.#settings.clock.now(),
          pod.status,
        ),
      );
      return { key, pod, assignment };
    }
    if (assignment.kind === "run" && !hasContainer(pod, assignment.entries)) {
      const named = [...assignment.entries.keys()].map((name) => `"${name}"`).join(", ");
      const has = pod.spec.containers.map(({ name }) => name).join(", ");
      const message = `the \`run\` entry is for container ${named}; the pod has ${has}`;
      this.#publish(key, pendingStatus("NoSuchContainer", message, this.#now(), pod.status));
      return { key, pod, assignment };
    }
    const position = assignment.kind === "attach" ? this.#freePosition(assignment) : undefined;
    const address =
      assignment.kind === "attach" && position !== undefined
        ? assignment.entry.addresses[position]
        : undefined;
    if (assignment.kind === "attach" && address === undefined) {
      const count = assignment.entry.addresses.length;
      const message =
        `its \`attach\` entry (${describeTarget(assignment.entry.target)}) has ` +
        `${count} ${count === 1 ? "address" : "addresses"}, and other pods have taken them`;
      this.#publish(key, pendingStatus("NoAddressLeft", message, this.#now(), pod.status));
      return { key, pod, assignment };
    }
    const podIP = this.#pool.allocate(`${key.namespace}/${key.name}`);
    if (podIP === undefined) {
      const message = `no address is left in the pod range ${this.#pool.range}`;
      this.#publish(key, pendingStatus("NoPodAddress", message, this.#now(), pod.status));
      return { key, pod, assignment };
    }
    const publish = (status: PodStatus): void => this.#publish(key, status);
    const shared = { pod, podIP, settings: this.#settings, publish };
    const gone = this.#leaving.get(idOf(key))?.gone;
    const after = Promise.all([gone, this.#tidied]);
    const local =
      assignment.kind === "run"
        ? new PodWorker({ ...shared, entries: assignment.entries, after })
        : new AttachedPod({ ...shared, address: address as LocalAddress });
    return { key, pod, assignment, local, podIP, ...(position === undefined ? {} : { position }) };
  }

  /** The object is gone, or is about another process now: ends the old one in the background. */
  #leave(slot: Slot, grace?: number): void {
    const id = idOf(slot.key);
    if (this.#slots.get(id) === slot) this.#slots.delete(id);
    if (slot.podIP !== undefined) {
      if (this.#byIP.get(slot.podIP) === slot) this.#byIP.delete(slot.podIP);
      this.#pool.release(slot.podIP);
    }
    if (slot.foreign) for (const ip of podIPs(slot.pod)) this.#pool.release(ip);
    const { local } = slot;
    if (local === undefined) return;
    const before = this.#leaving.get(id)?.gone;
    const stopped = local.stop(grace === undefined ? {} : { grace });
    const gone = Promise.all([before, stopped]).then(() => {
      if (this.#leaving.get(id)?.gone === gone) this.#leaving.delete(id);
    });
    this.#leaving.set(id, { local, gone });
  }

  /** As the kubelet does: ends the containers, and then the object may go. */
  #terminate(slot: Slot): void {
    if (slot.terminating === true) return;
    slot.terminating = true;
    void (slot.local?.stop({ publishing: true }) ?? Promise.resolve()).then(() => {
      const { uid } = slot.pod.metadata;
      const { namespace, name } = slot.key;
      if (this.#closed || this.#store.get("Pod", namespace, name)?.metadata.uid !== uid) return;
      this.#store.apply([{ op: "delete", key: slot.key }]);
    });
  }

  #publish(key: ObjectKey, status: PodStatus): void {
    if (this.#closed) return;
    this.#store.apply([{ op: "status", key, status }]);
  }

  #freePosition({ entry }: Extract<Assignment, { kind: "attach" }>): number | undefined {
    const taken = new Set<number>();
    for (const { assignment, position } of this.#slots.values()) {
      if (assignment?.kind !== "attach" || position === undefined) continue;
      if (jsonEqual(assignment.entry.addresses, entry.addresses)) taken.add(position);
    }
    return entry.addresses.findIndex((_, i) => !taken.has(i));
  }

  #now(): number {
    return this.#settings.clock.now();
  }
}

const mirroredServiceAddress: ServiceAddress = (service, { port }) => {
  const ip = clusterIPs(service)[0];
  return ip === undefined ? undefined : { host: mirrorAddress(ip) ?? ip, port };
};

function idOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

function hasContainer({ spec }: Pod, entries: ReadonlyMap<string, unknown>): boolean {
  return spec.containers.some(({ name }) => entries.has(name));
}
