import type { ContainerEntry } from "../manifests/local-config.ts";
import { keyOf, type ObjectKey } from "../objects/object-key.ts";
import type { Container, Pod, PodSpec, PodStatus } from "../objects/pod.ts";
import { isReady } from "../objects/pod.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import { jsonEqual } from "../store/equal.ts";
import { Condition } from "./condition.ts";
import type { AttachedStreams } from "./container-streams.ts";
import type { ContainerWorker } from "./container-worker.ts";
import type { LastProbe } from "./last-probe.ts";
import type { Launch } from "./launch.ts";
import { type PodPort, portsOfNamespace } from "./listening-ports.ts";
import type { LocalPod, StopOptions } from "./local-pod.ts";
import { ephemeralContainer, type PodContext, podContainer } from "./pod-container.ts";
import type { PodHome } from "./pod-home.ts";
import { podStatus } from "./pod-status.ts";
import type { RuntimeSettings } from "./runtime-settings.ts";
import { PodVolumes } from "./volumes/pod-volumes.ts";

export interface PodWorkerOptions {
  readonly pod: Pod;
  readonly podIP: string;
  /** By container name; containers without one are not run. */
  readonly entries: ReadonlyMap<string, ContainerEntry>;
  /** What stands for a container that is added while the pod runs. */
  readonly entryOfAdded: (container: Container) => ContainerEntry;
  readonly settings: RuntimeSettings;
  readonly publish: (status: PodStatus) => void;
  /** To wait for before the first start: the end of an earlier pod of this name. */
  readonly after?: Promise<unknown>;
  /** Write no status until {@link PodWorker.takeOver}. */
  readonly silent?: boolean;
}

/** How long a pod may take to become ready in place of another, in milliseconds. */
const SETTLE_LIMIT = 120_000;

/** Timers take at most 2^31 milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The kubelet's default grace period, in seconds. */
const GRACE_PERIOD = 30;

/**
 * Runs one pod: init containers in order, sidecars among them staying, then all containers side by side,
 * each a process with what it starts in a group of its own.
 */
export class PodWorker implements LocalPod {
  readonly #options: PodWorkerOptions;
  readonly #key: ObjectKey;
  readonly #inits: { readonly worker: ContainerWorker; readonly sidecar: boolean }[] = [];
  readonly #mains: ContainerWorker[] = [];
  /** Those that were added while it ran, by name: `kubectl debug`. */
  readonly #ephemeral = new Map<string, ContainerWorker>();
  /** Looked for when the first container starts. */
  #finding: Promise<PodHome> | undefined;
  #home: PodHome | undefined;
  readonly #volumes: PodVolumes;
  readonly #condition = new Condition();
  readonly #startTime: number;
  #status: PodStatus | undefined;
  #spec: PodSpec;
  #initialized = false;
  #failed = false;
  #expired = false;
  #cancelDeadline: (() => void) | undefined;
  #stopping = false;
  #closing = false;
  #late = false;
  #publishing: boolean;

  constructor(options: PodWorkerOptions) {
    this.#options = options;
    this.#key = keyOf(options.pod);
    this.#publishing = options.silent !== true;
    this.#startTime = options.settings.clock.now();
    const { pod, podIP, settings } = options;
    const { spec } = pod;
    this.#spec = spec;
    const { hostIP } = settings;
    const nodeName = spec.nodeName ?? settings.nodeName;
    this.#volumes = new PodVolumes({ pod, podIP, hostIP, nodeName }, settings.volumes);
    const restartPolicy = spec.restartPolicy ?? "Always";
    for (const container of spec.initContainers ?? []) {
      const sidecar = container.restartPolicy === "Always";
      const policy = sidecar ? "Always" : restartPolicy === "Never" ? "Never" : "OnFailure";
      const worker = this.#containerWorker(container, policy);
      if (worker !== undefined) this.#inits.push({ worker, sidecar });
    }
    for (const container of spec.containers) {
      const worker = this.#containerWorker(container, restartPolicy);
      if (worker !== undefined) this.#mains.push(worker);
    }
  }

  start(): void {
    this.#initialized = this.#inits.length === 0;
    this.#publish();
    const { activeDeadlineSeconds: limit } = this.#options.pod.spec;
    if (limit !== undefined) this.#expireAfter(limit * 1000);
    void this.#run();
  }

  /** Waits until the pod is ready. @returns why it will not be, or undefined. */
  async settled(): Promise<string | undefined> {
    const cancel = this.#options.settings.clock.after(SETTLE_LIMIT, () => {
      this.#late = true;
      this.#condition.changed();
    });
    await this.#condition.until(() => this.#late || this.#isReady || this.#troubled !== undefined);
    cancel();
    if (this.#isReady) return undefined;
    if (this.#stopping) return "it was stopped";
    return this.#troubled ?? messageOf(this.#status) ?? "it did not become ready in time";
  }

  /** From now on this is the pod. */
  takeOver(): void {
    this.#publishing = true;
    this.#publish();
  }

  /**
   * ConfigMaps or Secrets have changed: the pod's files follow, and what could not be started for want of an object is
   * tried again.
   * @param changed `Secret/certs`, of the pod's namespace
   */
  poke(changed: ReadonlySet<string>): void {
    this.#refresh((volumes) => volumes.follow(changed));
    for (const { worker } of this.#inits) worker.poke();
    for (const worker of this.#mains) worker.poke();
  }

  /** The pod's labels or annotations may have changed, which its files can tell of. */
  tellOfItself(): void {
    this.#refresh((volumes) => volumes.followPod());
  }

  /**
   * The pod's spec may have changed as it can while a pod runs: each ephemeral container that was added is started
   * once, and the status tells how much the containers may use now.
   */
  follow({ spec }: Pod): void {
    if (this.#stopping) return;
    const { ephemeralContainers = [] } = spec;
    const isResized = !jsonEqual(resourcesOf(spec), resourcesOf(this.#spec));
    this.#spec = spec;
    if (isResized) this.#publish();
    for (const { targetContainerName: _, ...container } of ephemeralContainers) {
      if (this.#ephemeral.has(container.name)) continue;
      const entry = this.#options.entryOfAdded(container);
      const worker = ephemeralContainer(this.#context, container, entry);
      this.#ephemeral.set(container.name, worker);
      worker.start();
    }
  }

  #refresh(refresh: (volumes: PodVolumes) => void): void {
    try {
      refresh(this.#volumes);
    } catch (cause) {
      const { namespace, name } = this.#key;
      const message = `volumes of pod ${namespace}/${name}: ${(cause as Error).message}`;
      this.#options.settings.emit({ type: "error", message, cause });
    }
  }

  addressOf(port: number): LocalAddress | undefined {
    return this.#home?.addressOf(port);
  }

  launchOf(container: string): Launch | undefined {
    return this.#workers.find(({ snapshot: { name } }) => name === container)?.launch;
  }

  attach(container: string): AttachedStreams | undefined {
    return this.#workers.find(({ snapshot: { name } }) => name === container)?.attach();
  }

  get lastProbes(): readonly LastProbe[] {
    return this.#workers.flatMap((worker) => worker.lastProbes);
  }

  get #workers(): readonly ContainerWorker[] {
    const inits = this.#inits.map(({ worker }) => worker);
    return [...this.#mains, ...inits, ...this.#ephemeral.values()];
  }

  async stop({ grace, publishing = false, closing = false }: StopOptions = {}): Promise<void> {
    this.#stopping = true;
    this.#cancelDeadline?.();
    this.#closing ||= closing;
    if (!publishing) this.#publishing = false;
    this.#condition.end();
    const { pod } = this.#options;
    const own = 1000 * (pod.metadata.deletionGracePeriodSeconds ?? this.#gracePeriod);
    const limit = Math.min(own, grace ?? own);
    const together = [...this.#mains, ...this.#ephemeral.values()];
    await Promise.all(together.map((worker) => worker.stop(limit)));
    // Sidecars serve the others to their end, and go in the reverse of the order they came in.
    for (const { worker } of this.#inits.toReversed()) await worker.stop(limit);
    await (await this.#finding?.catch(() => undefined))?.release();
    this.#volumes.remove();
  }

  /** SIGKILL to every process, without waiting. */
  kill(): void {
    for (const worker of this.#workers) worker.kill();
  }

  get network(): "pods" | "host" | undefined {
    return this.#home?.network;
  }

  listening(): readonly PodPort[] {
    if (this.#home?.network !== "pods") return [];
    const running = this.#workers.filter(({ pid }) => pid !== undefined);
    const process = running.find(({ launch }) => launch?.container === undefined);
    if (process?.pid !== undefined) return portsOfNamespace(process.pid);
    // The processes of containers are their engine's: what is known of them is what they declare.
    const names = new Set(running.map(({ snapshot: { name } }) => name));
    return this.#options.pod.spec.containers
      .filter(({ name }) => names.has(name))
      .flatMap(({ ports = [] }) => ports.filter(({ protocol = "TCP" }) => protocol === "TCP"))
      .map(({ containerPort: port }) => ({ port }));
  }

  /** Whether new processes of the pod can only start when these have ended. */
  get isExclusive(): boolean {
    return this.#home?.isExclusive ?? false;
  }

  async #findHome(): Promise<PodHome> {
    const { settings, pod, podIP, entries } = this.#options;
    const runsImages = [...entries.values()].some((entry) => "ownImage" in entry);
    this.#finding ??= settings.homeOf(pod, podIP, runsImages);
    try {
      this.#home = await this.#finding;
    } catch (error) {
      // The next start of a container tries again.
      this.#finding = undefined;
      throw error;
    }
    return this.#home;
  }

  get #isReady(): boolean {
    return isReady({ ...this.#options.pod, status: this.#status ?? {} });
  }

  /** A container has ended, or could not be started. */
  get #troubled(): string | undefined {
    const snapshots = this.#mains.map((worker) => worker.snapshot);
    return snapshots.find(
      ({ restartCount, final, state }) =>
        restartCount > 0 || final || state.waiting?.message !== undefined,
    )?.message;
  }

  get #gracePeriod(): number {
    return this.#options.pod.spec.terminationGracePeriodSeconds ?? GRACE_PERIOD;
  }

  async #run(): Promise<void> {
    try {
      await this.#options.after;
      for (const { worker, sidecar } of this.#inits) {
        if (this.#stopping) return;
        worker.start();
        await this.#condition.until(
          () => worker.snapshot.final || (sidecar && worker.snapshot.started),
        );
        const { terminated } = worker.snapshot.state;
        if (!sidecar && terminated?.exitCode !== 0) {
          if (!this.#stopping) this.#fail();
          return;
        }
      }
      if (this.#stopping) return;
      this.#initialized = true;
      for (const worker of this.#mains) worker.start();
      this.#publish();
      await this.#condition.until(() => this.#mains.every((worker) => worker.snapshot.final));
      if (this.#stopping) return;
      for (const { worker } of this.#inits.toReversed()) {
        await worker.stop(this.#gracePeriod * 1000);
      }
    } catch (cause) {
      const { namespace, name } = this.#key;
      const message = `pod ${namespace}/${name}: ${(cause as Error).message}`;
      this.#options.settings.emit({ type: "error", message, cause });
    }
  }

  #fail(): void {
    this.#failed = true;
    this.#publish();
  }

  /** As the kubelet does: Failed at once, for ever, while the containers get their grace period to end. */
  #expireAfter(milliseconds: number): void {
    const { clock } = this.#options.settings;
    const wait = Math.min(milliseconds, LONGEST_TIMER);
    this.#cancelDeadline = clock.after(wait, () => {
      if (this.#stopping || this.#mains.every((worker) => worker.snapshot.final)) return;
      if (wait < milliseconds) {
        this.#expireAfter(milliseconds - wait);
        return;
      }
      this.#expired = true;
      this.#fail();
      void this.stop({ publishing: true });
    });
  }

  /** @returns undefined for a container that nothing stands for on this machine. */
  #containerWorker(
    container: Container,
    restartPolicy: "Always" | "OnFailure" | "Never",
  ): ContainerWorker | undefined {
    const entry = this.#options.entries.get(container.name);
    return entry && podContainer(this.#context, container, entry, restartPolicy);
  }

  get #context(): PodContext {
    const { pod, settings } = this.#options;
    return {
      pod,
      key: this.#key,
      home: () => this.#findHome(),
      volumes: this.#volumes,
      gracePeriod: this.#gracePeriod,
      settings,
      isClosing: () => this.#closing,
      onChange: () => this.#publish(),
    };
  }

  #publish(): void {
    const { podIP, settings, publish } = this.#options;
    const before = this.#status;
    const status = podStatus({
      podIP,
      hostIP: settings.hostIP,
      spec: this.#spec,
      startTime: this.#startTime,
      now: settings.clock.now(),
      initContainers: this.#inits.map(({ worker }) => worker.snapshot),
      containers: this.#mains.map((worker) => worker.snapshot),
      ephemeralContainers: [...this.#ephemeral.values()].map((worker) => worker.snapshot),
      initialized: this.#initialized,
      failed: this.#failed,
      expired: this.#expired,
      previous: before,
    });
    this.#status = status;
    if (this.#publishing) {
      publish(status);
      this.#announce(before, status);
    }
    this.#condition.changed();
  }

  #announce(before: PodStatus | undefined, after: PodStatus): void {
    const { settings, pod } = this.#options;
    if (isReady({ ...pod, status: before ?? {} }) === this.#isReady) return;
    if (this.#isReady) {
      settings.emit({ type: "ready", pod: this.#key });
      return;
    }
    const { reason = "" } = after.conditions?.find(({ type }) => type === "Ready") ?? {};
    settings.emit({ type: "not-ready", pod: this.#key, reason, message: messageOf(after) ?? "" });
  }
}

function resourcesOf({ containers, initContainers = [] }: PodSpec): unknown {
  return [...containers, ...initContainers].map(({ resources = null }) => resources);
}

function messageOf(status: PodStatus | undefined): string | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready")?.message;
}
