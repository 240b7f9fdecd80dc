import type { ContainerEntry } from "../manifests/local-config.ts";
import { AddressPool, DEFAULT_POD_RANGE } from "../net/address-pool.ts";
import { keyOf, type ObjectKey } from "../objects/object-key.ts";
import { type Pod, type PodStatus, podIPs } from "../objects/pod.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { Change } from "../store/operation.ts";
import type { Store } from "../store/store.ts";
import { AttachedPod } from "./attached-pod.ts";
import type { AttachedStreams } from "./container-streams.ts";
import { type Environment, environmentOf } from "./environment.ts";
import type { LastProbe } from "./last-probe.ts";
import { environmentInput, type Launch } from "./launch.ts";
import { LeavingPods } from "./leaving-pods.ts";
import { defaultStateFolder, Ledger } from "./ledger.ts";
import { endLeftovers } from "./leftovers.ts";
import type { PodPort } from "./listening-ports.ts";
import type { LocalPod } from "./local-pod.ts";
import type { LocalPods } from "./local-pods.ts";
import { entryOfAdded, placementOf } from "./placement.ts";
import { pendingStatus } from "./pod-status.ts";
import { PodWorker, type PodWorkerOptions } from "./pod-worker.ts";
import { hasExclusiveIdentity, isRestartable } from "./restart-policy.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import { type RuntimeSettings, runtimeSettings } from "./runtime-settings.ts";
import { bringsStatus, isSame, positionIn, type Slot } from "./slot.ts";
import { SlotTable } from "./slot-table.ts";
import { StatusWriter } from "./status-writer.ts";
import { StubPod } from "./stubs/stub-pod.ts";
import { type Assignment, assignmentOf, mainContainer } from "./target.ts";

/** What a pod with a network of its own listens on. */
export interface ListeningPod {
  readonly namespace: string;
  readonly name: string;
  readonly podIP: string;
  readonly ports: readonly PodPort[];
}

export interface Runtime {
  start(): void;
  update(config: LocalPods): void;
  /** Where this machine reaches a container port of a local pod; undefined when the address is none of ours. */
  localAddressOf(podIP: string, port: number): LocalAddress | undefined;
  /** How a container was started, as long as it runs as a process of this runtime. */
  launchOf(
    pod: { readonly namespace: string; readonly name: string },
    container: string,
  ): Launch | undefined;
  /** What a container writes and reads from now on, as long as it runs as a process of this runtime. */
  attach(
    pod: { readonly namespace: string; readonly name: string },
    container: string,
  ): AttachedStreams | undefined;
  /** What the probes of a pod of this runtime found last. */
  lastProbes(pod: { readonly namespace: string; readonly name: string }): readonly LastProbe[];
  /** Whether a process that somebody else started stands for the pod. */
  attaches(pod: Pod): boolean;
  /** What pods with networks of their own listen on, as far as they listen on anything. */
  listening(): ListeningPod[];
  /** The network that a pod's processes run in, once the first was started. */
  networkOf(pod: {
    readonly namespace: string;
    readonly name: string;
  }): "pods" | "host" | undefined;
  /** Whether the pod is served here: marked as terminating, it is ended and then deleted. */
  serves(pod: Pod): boolean;
  /**
   * The variables of a pod's container, for a process that somebody else starts and attaches: all but what that
   * process has anyway.
   * @param ports container port → the local port it will listen on
   * @param container absent means the main one
   * @returns undefined when there is no such pod, or nothing on this machine serves it.
   */
  environmentOf(
    pod: { readonly namespace: string; readonly name: string },
    ports: ReadonlyMap<number, number>,
    container?: string,
  ): Environment | undefined;
  /**
   * Starts the processes of pods again, one pod at a time: the new one beside the old one, which ends when the
   * new one is ready and has taken its place, so that no request is lost. Pods of a StatefulSet end first.
   * Stops at the first that does not become ready; the old one of that pod goes on.
   * @returns whether all were restarted.
   */
  restart(when?: (pod: Pod) => boolean): Promise<boolean>;
  /** Ends every process; a second call with another grace hastens the first. @param grace milliseconds at most */
  close(options?: { readonly grace?: number }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Keeps, for every Pod of the store, what this machine does about it. */
export class PodRuntime implements Runtime {
  readonly #store: Store;
  readonly #settings: RuntimeSettings;
  readonly #pool: AddressPool;
  readonly #slots = new SlotTable();
  readonly #leaving: LeavingPods;
  readonly #writer: StatusWriter;
  readonly #stateFolder: string | undefined;
  readonly #ledger: Ledger | undefined;
  readonly #isElsewhere: (pod: Pod) => boolean;
  #config: LocalPods;
  #unsubscribe: (() => void) | undefined;
  /** Settles when what an earlier run left has ended: it may hold files that the next one needs. */
  #tidied: Promise<void> = Promise.resolve();
  #restarting: Promise<unknown> = Promise.resolve();
  /** Whether an address of an attach entry became free. */
  #hasFreed = false;
  #closed = false;

  constructor({
    store,
    run,
    attach,
    images = [],
    stub = [],
    containers = "off",
    podRange,
    stateFolder,
    isElsewhere = () => false,
    ...options
  }: RuntimeOptions) {
    this.#isElsewhere = isElsewhere;
    this.#store = store;
    this.#config = { run, attach, images, stub, containers };
    this.#pool = new AddressPool(podRange ?? DEFAULT_POD_RANGE);
    this.#stateFolder = stateFolder === false ? undefined : (stateFolder ?? defaultStateFolder());
    const ledger = this.#stateFolder === undefined ? undefined : new Ledger(this.#stateFolder);
    this.#ledger = ledger;
    const engineMode = () => this.#config.containers ?? "off";
    this.#settings = runtimeSettings(store, { ...options, engineMode }, ledger);
    const { emit } = this.#settings;
    this.#leaving = new LeavingPods((pod) => emit({ type: "stopped", pod }));
    this.#writer = new StatusWriter(store, emit);
  }

  start(): void {
    if (this.#unsubscribe !== undefined || this.#closed) return;
    this.#unsubscribe = this.#store.subscribe((changes) => this.#changed(changes));
    process.once("exit", this.#killAll);
    this.#tidied = this.#endLeftovers();
    this.#considerAll(this.#store.list("Pod"));
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
    this.#considerAll(this.#store.list("Pod"));
    this.#placeWaiting();
  }

  localAddressOf(podIP: string, port: number): LocalAddress | undefined {
    return this.#slots.byIP(podIP)?.local?.addressOf(port);
  }

  serves(pod: Pod): boolean {
    const slot = this.#slots.get(keyOf(pod));
    return !this.#closed && slot?.local !== undefined && slot.pod.metadata.uid === pod.metadata.uid;
  }

  networkOf(pod: Omit<ObjectKey, "kind">): "pods" | "host" | undefined {
    return this.#slots.get(pod)?.local?.network;
  }

  listening(): ListeningPod[] {
    return [...this.#slots].flatMap(({ key, podIP, local }) => {
      const ports = local?.listening?.() ?? [];
      if (podIP === undefined || ports.length === 0) return [];
      return [{ namespace: key.namespace, name: key.name, podIP, ports }];
    });
  }

  environmentOf(
    { namespace, name }: Omit<ObjectKey, "kind">,
    ports: ReadonlyMap<number, number>,
    container?: string,
  ): Environment | undefined {
    const pod = this.#store.get("Pod", namespace, name);
    const podIP = this.#slots.get({ namespace, name })?.podIP;
    const wanted = pod && (container ?? mainContainer(pod));
    const found = pod?.spec.containers.find((each) => each.name === wanted);
    if (pod === undefined || podIP === undefined || found === undefined) return undefined;
    const settings = this.#settings;
    const home = settings.onMachine(pod, podIP);
    const input = environmentInput({ pod, container: found, ports, home, settings });
    return environmentOf({ ...input, inherited: {}, entry: {} });
  }

  attaches(pod: Pod): boolean {
    return this.serves(pod) && this.#slots.get(keyOf(pod))?.local instanceof AttachedPod;
  }

  lastProbes(pod: Omit<ObjectKey, "kind">): readonly LastProbe[] {
    return this.#slots.get(pod)?.local?.lastProbes ?? [];
  }

  launchOf(pod: Omit<ObjectKey, "kind">, container: string): Launch | undefined {
    return this.#slots.get(pod)?.local?.launchOf?.(container);
  }

  attach(pod: Omit<ObjectKey, "kind">, container: string): AttachedStreams | undefined {
    return this.#slots.get(pod)?.local?.attach?.(container);
  }

  async close({ grace }: { readonly grace?: number } = {}): Promise<void> {
    this.#closed = true;
    this.#writer.close();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    for (const slot of this.#slots) this.#leave(slot, { grace });
    await this.#leaving.end(grace);
    await this.#settings.containers.close();
    process.off("exit", this.#killAll);
    this.#settings.volumes.remove();
    this.#ledger?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For an end of this process that waits for nobody. */
  readonly #killAll = (): void => {
    const locals = [...this.#slots].map(({ local }) => local);
    for (const local of [...locals, ...this.#leaving]) {
      if (local instanceof PodWorker) local.kill();
    }
    this.#settings.volumes.remove();
  };

  #changed(changes: readonly Change[]): void {
    const references = new Map<string, Set<string>>();
    const pods: Pod[] = [];
    for (const { type, kind, object } of changes) {
      if (kind === "ConfigMap" || kind === "Secret") {
        const { namespace = "", name } = object.metadata;
        const names = references.get(namespace) ?? new Set();
        references.set(namespace, names.add(`${kind}/${name}`));
      }
      if (kind !== "Pod") continue;
      if (type !== "deleted") pods.push(object as Pod);
      else {
        const slot = this.#slots.get(keyOf(object));
        if (slot !== undefined) this.#leave(slot);
      }
    }
    if (pods.length > 0) this.#considerAll(pods);
    this.#placeWaiting();
    if (references.size === 0) return;
    for (const { key, local } of this.#slots) {
      const changed = references.get(key.namespace);
      if (changed !== undefined && local instanceof PodWorker) local.poke(changed);
    }
  }

  /** Addresses of attach entries that became free go to pods that wait for one. */
  #placeWaiting(): void {
    if (!this.#hasFreed || this.#closed) return;
    this.#hasFreed = false;
    this.#writer.together(() => {
      for (const slot of this.#slots) {
        const { key, assignment, local } = slot;
        if (assignment?.kind !== "attach" || local !== undefined || slot.foreign === true) continue;
        const pod = this.#store.get("Pod", key.namespace, key.name);
        if (pod === undefined || !this.#slots.has(slot)) continue;
        this.#slots.remove(slot);
        this.#place(this.#slotFor(pod, assignment));
      }
    });
  }

  #considerAll(pods: readonly Pod[]): void {
    this.#writer.together(() => {
      for (const pod of pods) this.#consider(pod);
    });
  }

  /** Level-based: looks at what the pod is now, and does something when the slot is about something else. */
  #consider(pod: Pod): void {
    const slot = this.#slots.get(keyOf(pod));
    const isElsewhere = this.#isElsewhere(pod);
    const assignment = isElsewhere ? undefined : assignmentOf(pod, this.#config, this.#store);
    if (slot !== undefined) {
      if (isSame(slot, pod, assignment)) {
        const position = positionIn(slot, assignment);
        if (position !== undefined) slot.position = position;
        slot.assignment = assignment;
        if (slot.local instanceof PodWorker) {
          slot.local.tellOfItself();
          slot.local.follow(pod);
        }
        if (pod.metadata.deletionTimestamp !== undefined) this.#terminate(slot);
        return;
      }
      this.#leave(slot);
    }
    const foreign =
      isElsewhere ||
      (assignment === undefined &&
        (slot === undefined ? bringsStatus(pod) : slot.foreign === true));
    const next = foreign
      ? { key: keyOf(pod), pod, assignment, foreign }
      : this.#slotFor(pod, assignment);
    // Addresses that pods bring along are left to them.
    if (foreign) for (const ip of podIPs(pod)) this.#pool.claim(ip);
    this.#place(next);
  }

  #place(slot: Slot): void {
    this.#slots.put(slot);
    slot.local?.start();
  }

  #slotFor(pod: Pod, assignment: Assignment | undefined): Slot {
    const key = keyOf(pod);
    const slot = { key, pod, assignment };
    const placement = placementOf(
      pod,
      assignment,
      this.#slots.takenPositions(assignment),
      this.#config.images ?? [],
    );
    if (placement.kind === "none") return this.#pending(slot, placement.reason, placement.message);
    const podIP = this.#pool.allocate(`${key.namespace}/${key.name}`);
    if (podIP === undefined) {
      const message = `no address is left in the pod range ${this.#pool.range}`;
      return this.#pending(slot, "NoPodAddress", message);
    }
    const publish = (status: PodStatus): void => this.#writer.status(key, status);
    const shared = { pod, podIP, settings: this.#settings, publish };
    if (placement.kind === "stub") return { ...slot, podIP, local: new StubPod(shared) };
    if (placement.kind === "attach") {
      const { address, position } = placement;
      return { ...slot, podIP, position, local: new AttachedPod({ ...shared, address }) };
    }
    const after = Promise.all([this.#leaving.gone(key), this.#tidied]);
    return { ...slot, podIP, local: this.#worker(pod, podIP, placement.entries, { after }) };
  }

  #worker(
    pod: Pod,
    podIP: string,
    entries: ReadonlyMap<string, ContainerEntry>,
    options: Pick<PodWorkerOptions, "after" | "silent">,
  ): PodWorker {
    const key = keyOf(pod);
    const publish = (status: PodStatus): void => this.#writer.status(key, status);
    return new PodWorker({
      pod,
      podIP,
      entries,
      entryOfAdded: (container) => entryOfAdded(container, entries, this.#config.images ?? []),
      settings: this.#settings,
      publish,
      ...options,
    });
  }

  restart(when: (pod: Pod) => boolean = () => true): Promise<boolean> {
    const turn = this.#restarting.then(() => this.#restartAll(when));
    this.#restarting = turn;
    return turn;
  }

  async #restartAll(when: (pod: Pod) => boolean): Promise<boolean> {
    for (const slot of this.#slots) {
      if (this.#closed) return false;
      const { namespace, name } = slot.key;
      const pod = this.#store.get("Pod", namespace, name);
      if (pod === undefined || !this.#slots.has(slot) || !isRestartable(pod)) continue;
      if (when(pod) && !(await this.#restartOne(slot, pod))) return false;
    }
    return true;
  }

  /** @returns false when the new process did not become ready, and the old one goes on. */
  async #restartOne(slot: Slot, pod: Pod): Promise<boolean> {
    const { key, local: old, assignment, podIP = "" } = slot;
    if (!(old instanceof PodWorker) || assignment?.kind !== "run") return true;
    if (hasExclusiveIdentity(pod) || old.isExclusive) {
      // Before its processes hear that they are to end: requests go to other pods from here on.
      this.#pending(slot, "Restarting", "it is being restarted");
      this.#leave(slot, { isReplaced: true });
      const next = this.#slotFor(pod, assignment);
      this.#place(next);
      if (!(next.local instanceof PodWorker)) return true;
      const failure = await next.local.settled();
      if (failure === undefined) this.#settings.emit({ type: "restarted", pod: key });
      return failure === undefined;
    }
    const next = this.#worker(pod, podIP, assignment.entries, { silent: true });
    next.start();
    const failure = await next.settled();
    const isCurrent = this.#slots.has(slot) && !this.#closed;
    if (!isCurrent || failure !== undefined) {
      await next.stop({ grace: 0 });
      if (failure !== undefined) {
        this.#settings.emit({ type: "restart-failed", pod: key, message: failure });
      }
      return failure === undefined;
    }
    slot.local = next;
    next.takeOver();
    this.#settings.emit({ type: "restarted", pod: key });
    this.#retire(key, old, { isReplaced: true });
    return true;
  }

  #pending(slot: Slot, reason: string, message: string): Slot {
    const now = this.#settings.clock.now();
    this.#writer.status(slot.key, pendingStatus(reason, message, now, slot.pod.status));
    return slot;
  }

  /** The object is gone, or is about another process now: ends the old one in the background. */
  #leave(
    slot: Slot,
    how: { readonly grace?: number | undefined; readonly isReplaced?: boolean } = {},
  ): void {
    this.#slots.remove(slot);
    if (slot.position !== undefined) this.#hasFreed = true;
    if (slot.podIP !== undefined) this.#pool.release(slot.podIP);
    if (slot.foreign) for (const ip of podIPs(slot.pod)) this.#pool.release(ip);
    if (slot.local !== undefined) this.#retire(slot.key, slot.local, how);
  }

  #retire(
    pod: ObjectKey,
    local: LocalPod,
    { grace, isReplaced }: { readonly grace?: number | undefined; readonly isReplaced?: boolean },
  ): void {
    const options = { closing: this.#closed, ...(grace !== undefined && { grace }) };
    this.#leaving.retire(pod, local, options, isReplaced);
  }

  /** As the kubelet does: ends the containers, and then the object may go. */
  #terminate(slot: Slot): void {
    if (slot.terminating === true || slot.foreign === true) return;
    slot.terminating = true;
    void (slot.local?.stop({ publishing: true }) ?? Promise.resolve()).then(() => {
      const { uid } = slot.pod.metadata;
      const { namespace, name } = slot.key;
      if (this.#store.get("Pod", namespace, name)?.metadata.uid !== uid) return;
      this.#writer.delete(slot.key);
    });
  }
}
