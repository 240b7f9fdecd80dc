import { hostPort } from "../net/host-port.ts";
import type { LoopbackMirror } from "../net/loopback-mirror.ts";
import type { PodEntry } from "../network/pod-network.ts";
import type { StringMap } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import { SCALED_KINDS } from "../objects/workload-kinds.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { AttachedStreams } from "../runtime/container-streams.ts";
import type { RuntimeEvent } from "../runtime/event.ts";
import type { LastProbe } from "../runtime/last-probe.ts";
import type { Launch } from "../runtime/launch.ts";
import type { ApiAccess, LocalPods } from "../runtime/local-pods.ts";
import { PodLogs } from "../runtime/pod-logs.ts";
import type { Runtime } from "../runtime/pod-runtime.ts";
import { replicasFor } from "../runtime/replicas.ts";
import { createRuntime } from "../runtime/runtime.ts";
import { mainContainer } from "../runtime/target.ts";
import type { Store } from "../store/store.ts";
import { setAlarm } from "./alarm.ts";
import type { Emit } from "./events.ts";
import { ExposedPorts, type PortOnMachine } from "./exposed-ports.ts";
import type { Address } from "./listen.ts";
import type { LocalNetwork } from "./local-network.ts";
import type { EngineOptions } from "./options.ts";
import { TargetWatch } from "./target-watch.ts";

/** Variables that name a proxy for more than plain HTTP. */
const FURTHER = ["HTTPS_PROXY", "ALL_PROXY"];

/** What happens to a pod when it begins or ceases to listen. */
const CHANGES_PORTS: ReadonlySet<RuntimeEvent["type"]> = new Set(["ready", "exited", "stopped"]);

/** Who has to go through another proxy to get out still does. */
function isFree(variable: string): boolean {
  return !process.env[variable] && !process.env[variable.toLowerCase()];
}

interface Surroundings {
  readonly options: EngineOptions;
  readonly emit: Emit;
  /** By which programs trust certificates that are made here. */
  trust(): StringMap;
  /** Where the gateway listens that local pods are told of. */
  gateway(): Address | undefined;
  /** What local pods show to it. */
  readonly secret: string;
  /** What Service default/kubernetes leads to; undefined where no API is served. */
  api(): ApiAccess | undefined;
  /** Where they live. */
  readonly network: LocalNetwork;
  readonly mirror: LoopbackMirror;
  /** Whether a pod runs in a followed cluster. */
  readonly isElsewhere?: (pod: Pod) => boolean;
}

/** The pods of an engine that are processes of this machine. */
export class Pods {
  /** Who is to run; they do from `start` on. */
  config: LocalPods;
  /** What their containers print. */
  readonly logs = new PodLogs();
  /** Called with everything that happens to the pods, besides the engine itself. */
  readonly listeners = new Set<(event: RuntimeEvent) => void>();
  readonly #surroundings: Surroundings;
  #runtime: Runtime | undefined;
  #targets: TargetWatch | undefined;
  #alarm: { close(): void } | undefined;
  readonly #exposed: ExposedPorts;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.config = surroundings.options.localPods ?? { run: [], attach: [] };
    const { network, options, emit } = surroundings;
    this.#exposed = new ExposedPorts({
      exposure: options.expose ?? "off",
      listening: () => this.#runtime?.listening() ?? [],
      dial: ({ podIP }, { port, loopback }) =>
        loopback === undefined
          ? network.dial(podIP, port, { allowHalfOpen: true })
          : network.dialWithin(podIP, loopback, port),
      onError: (error) => emit("fault", error),
    });
  }

  /** Starts them, or goes over to another configuration; what did not change goes on. */
  start(store: Store, config: LocalPods): void {
    const before = replicasFor(this.config, store);
    const after = replicasFor(config, store);
    this.config = config;
    // Workloads that get another number of pods, before the runtime looks for pods to stand for.
    const rescaled = SCALED_KINDS.flatMap((kind) => store.list(kind)).filter(
      (workload) => before(workload) !== after(workload),
    );
    store.apply(rescaled.map((workload) => ({ op: "touch", key: keyOf(workload) })));
    if (this.#runtime === undefined) this.#run(store);
    else this.#runtime.update(config);
    this.#targets ??= new TargetWatch({
      store,
      emit: this.#surroundings.emit,
      onOtherMeaning: () => this.#mean(store),
    });
    this.#targets.configure(config);
  }

  /** What the configuration means changed with the objects, not the configuration. */
  #mean(store: Store): void {
    // The configuration may say another number of pods than these.
    const workloads = SCALED_KINDS.flatMap((kind) => store.list(kind));
    store.apply(workloads.map((workload) => ({ op: "touch", key: keyOf(workload) })));
    this.#runtime?.update(this.config);
  }

  #run(store: Store): void {
    const { options, emit, network, mirror, isElsewhere } = this.#surroundings;
    const { podRange, node, backOff, environmentSources, now = () => new Date() } = options;
    this.#runtime = createRuntime({
      store,
      ...this.config,
      mirror,
      ...(podRange && { podRange }),
      ...(isElsewhere && { isElsewhere }),
      ...(node && { nodeName: node }),
      ...(backOff && { backOff }),
      ...(environmentSources && { environmentSources }),
      ...(options.nodeHook !== undefined && { nodeHook: options.nodeHook }),
      environment: ({ metadata: { namespace = "" } }) => ({
        ...this.#surroundings.trust(),
        ...this.proxyVariables(`${namespace}:${this.#surroundings.secret}@`),
      }),
      network,
      api: () => this.#surroundings.api(),
      onEvent: (event) => {
        this.logs.note(event);
        for (const listener of this.listeners) listener(event);
        emit("pod", event);
        if (CHANGES_PORTS.has(event.type)) this.#exposed.look();
      },
    });
    this.#runtime.start();
    this.#exposed.start();
    this.#alarm = setAlarm(store, now, (error) => emit("fault", error));
  }

  /**
   * So that programs which heed them reach Services by name.
   * @param credentials a guest's, before the address: the proxy leads those to every host
   */
  proxyVariables(credentials = ""): StringMap {
    const gateway = this.#surroundings.gateway();
    if (gateway === undefined) return {};
    const { host, port } = gateway;
    const proxy = `http://${credentials}${hostPort(host, port)}`;
    const names = credentials === "" ? ["HTTP_PROXY"] : ["HTTP_PROXY", ...FURTHER.filter(isFree)];
    const direct = "localhost,127.0.0.1,::1";
    const pairs = names.flatMap((name) => [name, name.toLowerCase()].map((each) => [each, proxy]));
    return { ...Object.fromEntries(pairs), NO_PROXY: direct, no_proxy: direct };
  }

  /** @returns whether all came up again. */
  async restart(when?: (pod: Pod) => boolean): Promise<boolean> {
    return (await this.#runtime?.restart(when)) ?? true;
  }

  /** Whether the pod is a process here, which takes its time to end. */
  serves(pod: Pod): boolean {
    return this.#runtime?.serves(pod) ?? false;
  }

  attaches(pod: Pod): boolean {
    return this.#runtime?.attaches(pod) ?? false;
  }

  lastProbes(pod: { readonly namespace: string; readonly name: string }): readonly LastProbe[] {
    return this.#runtime?.lastProbes(pod) ?? [];
  }

  /** The network that a pod's processes run in. */
  networkOf({ metadata: { namespace = "", name } }: Pod): "pods" | "host" | undefined {
    return this.#runtime?.networkOf({ namespace, name });
  }

  /** Where what a pod listens on is at 127.0.0.1. */
  exposedPorts(pod: { readonly namespace: string; readonly name: string }): PortOnMachine[] {
    return this.#exposed.of(pod);
  }

  /** How a container of a local pod was started, as long as it runs. */
  launchOf(
    pod: { readonly namespace: string; readonly name: string },
    container: string,
  ): Launch | undefined {
    return this.#runtime?.launchOf(pod, container);
  }

  /** What a container of a local pod writes and reads from now on, as long as it runs. */
  attach(
    pod: { readonly namespace: string; readonly name: string },
    container: string,
  ): AttachedStreams | undefined {
    return this.#runtime?.attach(pod, container);
  }

  /** How others get into a local pod that runs in a network of its own. */
  entryOf(pod: Pod): PodEntry | undefined {
    const { namespace = "", name } = pod.metadata;
    return this.launchOf({ namespace, name }, mainContainer(pod))?.entry;
  }

  localAddressOf(address: string, port: number): LocalAddress | undefined {
    return this.#runtime?.localAddressOf(address, port);
  }

  environmentOf(
    pod: { readonly namespace: string; readonly name: string },
    ports: ReadonlyMap<number, number>,
  ): StringMap {
    return this.#runtime?.environmentOf(pod, ports)?.variables ?? {};
  }

  /** @param grace milliseconds at most; absent: each pod's own. */
  async close(grace?: number): Promise<void> {
    this.#alarm?.close();
    this.#targets?.close();
    await this.#exposed.close();
    await this.#runtime?.close(grace === undefined ? {} : { grace });
    await this.#surroundings.network.close();
  }
}
