import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import type { Agent as HttpAgent, AgentOptions as HttpAgentOptions } from "node:http";
import type { Agent as HttpsAgent, AgentOptions as HttpsAgentOptions } from "node:https";
import type { Balancer } from "../balancer/balancer.ts";
import { confined } from "../controllers/confined.ts";
import { controllersOverCluster } from "../controllers/over-cluster.ts";
import { type StandardControllerOptions, standardControllers } from "../controllers/standard.ts";
import { type NoEndpoint, whyNone } from "../controllers/why-none.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { createDns, type Dns } from "../dns/dns.ts";
import type { Lookup } from "../dns/lookup.ts";
import type { Resolution } from "../dns/resolution.ts";
import type { ManifestInput } from "../manifests/manifest-input.ts";
import { LoopbackMirror } from "../net/loopback-mirror.ts";
import type { ServedRoutes } from "../network/cluster.ts";
import type { PortCarriage } from "../network/kernel/kernel-plane.ts";
import type { Membership } from "../network/membership.ts";
import { networkDialer } from "../network/network-dialer.ts";
import { isEndpointReady } from "../objects/endpoint-slice.ts";
import type { KubernetesObject, StringMap } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";
import type { Service, ServicePort } from "../objects/service.ts";
import type { Dialer } from "../proxy/dialer.ts";
import { directDialer } from "../proxy/direct-dialer.ts";
import type { ListenerPlace } from "../proxy/listeners/listener-doors.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import { mappedDialer } from "../proxy/mapped-dialer.ts";
import { createRoutesController } from "../routes/controller.ts";
import { RoutingPlan } from "../routes/routing-plan.ts";
import type { LastProbe } from "../runtime/last-probe.ts";
import type { LocalPods } from "../runtime/local-pods.ts";
import type { PodLogs } from "../runtime/pod-logs.ts";
import { replicasFor } from "../runtime/replicas.ts";
import { createStandInController } from "../runtime/stand-ins.ts";
import { assignmentOf } from "../runtime/target.ts";
import { ClusterLayer } from "../sources/cluster/cluster-layer.ts";
import { createFileSource, type FileSource } from "../sources/files.ts";
import type { Source, SourceSink } from "../sources/source.ts";
import type { Controller } from "../store/controller.ts";
import { slicesOf } from "../store/slices-of.ts";
import { Store } from "../store/store.ts";
import type { Standpoint } from "../view/standpoint.ts";
import { createView, type View } from "../view/view.ts";
import { admitObjects } from "./admit-objects.ts";
import { parseApiServer } from "./api-server.ts";
import { Doors } from "./doors.ts";
import type { Emit, EngineEvents } from "./events.ts";
import type { PortOnMachine } from "./exposed-ports.ts";
import { type FetchDispatcher, InProcess } from "./in-process/in-process.ts";
import type { DispatcherOptions, UndiciLike } from "./in-process/service-dispatcher.ts";
import { initialObjects } from "./initial-objects.ts";
import type { Address, Listening, ListenOptions } from "./listen.ts";
import { LocalInstead } from "./local-instead.ts";
import { LocalNetwork } from "./local-network.ts";
import { type LostAddress, LostAddresses } from "./lost-addresses.ts";
import { checkRanges, mirroredRanges, withRanges } from "./mirrored-ranges.ts";
import type { EngineOptions } from "./options.ts";
import { type Origin, Origins } from "./origins.ts";
import { Pods } from "./pods.ts";

/** How manifests are taken in. */
export interface LoadOptions {
  /** Follow the files: what changes on disk changes here, and what breaks is told. Default: false. */
  readonly watch?: boolean;
}

/** A cluster's Services without the cluster: objects in, names and balanced connections out. */
export class Engine extends EventEmitter<EngineEvents> {
  /** The one place for state; drive it directly if the objects come from somewhere else. */
  readonly store: Store;
  readonly balancer: Balancer;
  /** Which Service, port and endpoints a name and a port mean: what every way in goes by. */
  readonly view: View;
  /** Reaches an endpoint from this machine, local processes included. */
  readonly dialer: Dialer;
  /** The zone of Service names. */
  readonly clusterDomain: string;
  /** Where this machine reaches addresses of the cluster. */
  readonly mirror: LoopbackMirror;
  readonly #options: EngineOptions;
  readonly #sources: FileSource[] = [];
  readonly #followed: Source[] = [];
  readonly #origins: Origins;
  readonly #sink: SourceSink = {
    apply: (batch) => {
      if (this.#layer === undefined) this.#origins.apply(batch);
      else this.#layer.applyAbove(batch);
    },
    isOverridden: (key) => this.#origins.isOverridden(key),
    found: (later) => this.emit("diagnostics", later),
    mended: (files) => this.emit("mended", files),
    told: (message) => this.emit("told", message),
    fault: (error) => this.emit("fault", error),
  };
  /** Where traffic from outside goes, as Ingresses, Gateways and routes say. */
  readonly #plan: RoutingPlan;
  readonly #lost: LostAddresses;
  readonly #doors: Doors;
  readonly #network: LocalNetwork;
  readonly #pods: Pods;
  /** What a followed cluster has, below what is local. */
  readonly #layer: ClusterLayer | undefined;
  readonly #localInstead: LocalInstead | undefined;
  /** As the mirrored addresses are, once something listens there. */
  #localDns: Dns | undefined;
  #inProcess: InProcess | undefined;

  constructor(given: EngineOptions = {}) {
    super();
    const options = withRanges(given);
    this.#options = options;
    this.#plan = new RoutingPlan(options.routeClasses);
    this.clusterDomain = options.clusterDomain ?? "cluster.local";
    this.mirror = LoopbackMirror.numbered(options.mirror ?? 0);
    const { now, random } = options;
    // The types of EventEmitter don't follow a generic event through a rest parameter; Emit does.
    const emit: Emit = (event, ...args) =>
      void EventEmitter.prototype.emit.call(this, event, ...args);
    const localAddressOf = (address: string, port: number) => this.localAddressOf(address, port);
    const secret = randomBytes(24).toString("base64url");
    this.#lost = new LostAddresses(localAddressOf);
    this.#network = new LocalNetwork({
      mode: options.network ?? "host",
      dataPlane: options.dataPlane ?? "auto",
      policy: options.policy?.name ?? "random",
      offline: options.offline ?? false,
      cluster: () => ({
        store: this.store,
        view: this.view,
        dialer: this.dialer,
        localAddressOf,
        routes: this.servedRoutes,
      }),
      trust: () => this.#doors.trust,
      pods: () => this.#pods.config,
      emit,
    });
    if (options.cluster === true) {
      const store = () => this.store;
      this.#layer = new ClusterLayer(store, (message) => emit("told", message));
      this.#localInstead = new LocalInstead(this.#layer, store, () => this.#pods.config);
    }
    this.#pods = new Pods({
      options,
      ...(this.#layer && { isElsewhere: (pod: Pod) => this.isFromCluster(pod) }),
      emit,
      gateway: () => this.#doors.gateway,
      secret,
      trust: () => this.#doors.trust,
      api: () => this.#doors.api,
      network: this.#network,
      mirror: this.mirror,
    });
    checkRanges(options);
    this.store = new Store({
      controllers: options.controllers ?? this.#standardControllers(),
      ...(now && { now }),
    });
    this.#origins = new Origins({
      store: this.store,
      files: this.#sources,
      now: now ?? (() => new Date()),
      onTold: (message) => this.emit("told", message),
      onError: (error) => this.emit("fault", error),
    });
    this.view = createView({
      ...standpointOf(options),
      store: this.store,
      taken: this.#lost,
      ...(random && { random }),
      ...(now && { now: () => now().getTime(), date: now }),
      ...(options.policy && { policy: options.policy }),
    });
    this.balancer = this.view.balancer;
    this.dialer = networkDialer(
      this.#network,
      mappedDialer(localAddressOf, options.dialer ?? directDialer),
    );
    this.#doors = new Doors({
      store: this.store,
      view: this.view,
      dialer: this.dialer,
      pods: this.#pods,
      localAddressOf,
      lost: this.#lost,
      options,
      plan: this.#plan,
      origins: this.#origins,
      emit,
      secret,
    });
    this.store.apply(initialObjects(options).map((object) => ({ op: "put", object })));
    this.store.subscribe((changes) => {
      this.#localInstead?.follow(changes);
      this.emit("changes", changes);
    });
  }

  /**
   * Reads all files again.
   * @param manifests files, folders and so on instead of all that were loaded; what stood in those only is gone.
   * @returns the findings in them.
   */
  async reload(manifests?: readonly ManifestInput[]): Promise<Diagnostic[]> {
    const found = await Promise.all(
      this.#sources.map((source, i) => source.reload(i === 0 ? manifests : manifests && [])),
    );
    return found.flat();
  }

  /** Has the followed sources look again: what a new local pod refers to is there then, if it is anywhere. */
  async refresh(): Promise<void> {
    await Promise.all(this.#followed.map((source) => source.reload()));
  }

  #standardControllers(): readonly Controller[] {
    const { serviceRanges, nodePortRange, loadBalancerRange, apiServer, now } = this.#options;
    const { legacyEndpoints } = this.#options;
    const controllerOptions: StandardControllerOptions = {
      ...(legacyEndpoints !== undefined && { legacyEndpoints }),
      ...(serviceRanges && { serviceRanges }),
      ...(nodePortRange && { nodePortRange }),
      ...(loadBalancerRange && { loadBalancerRanges: [loadBalancerRange] }),
      ...(apiServer !== undefined && { apiServer: parseApiServer(apiServer) }),
      mirrored: mirroredRanges(this.#options),
      ...(now && { now }),
      replicasOf: (workload) => replicasFor(this.#pods.config, this.store)(workload),
      isRun: (pod) => assignmentOf(pod, this.#pods.config, this.store) !== undefined,
      isEndedLater: (pod) => this.#pods.serves(pod),
      onFinding: (finding) => this.emit("diagnostics", [finding]),
    };
    const routes = createRoutesController(this.#plan);
    const layer = this.#layer;
    if (layer === undefined) return [...standardControllers(controllerOptions), routes];
    const isForeign = (object: KubernetesObject) => layer.has(object);
    return [
      createStandInController(() => this.#localInstead?.list() ?? [], controllerOptions),
      ...controllersOverCluster(controllerOptions, isForeign),
      confined(routes, { isForeign, sees: () => true }),
    ];
  }

  /**
   * Takes in manifests (files, folders, globs, URLs, `-`, and what tools render) or objects. Bad ones are told
   * and left out; the rest serves. With `watch`, later findings come as `diagnostics` events.
   * @returns the findings of this reading.
   */
  async load(
    input: ManifestInput | KubernetesObject | readonly (ManifestInput | KubernetesObject)[],
    { watch = false }: LoadOptions = {},
  ): Promise<Diagnostic[]> {
    const inputs = [input].flat() as (ManifestInput | KubernetesObject)[];
    const objects = inputs.filter(isObject);
    const manifests = inputs.filter((each): each is ManifestInput => !isObject(each));
    const { operations, diagnostics } = admitObjects(objects);
    // What is local counts over what a cluster has.
    if (this.#layer === undefined) this.store.apply(operations);
    else this.#layer.applyAbove(operations);
    if (manifests.length === 0) return diagnostics;
    const source = createFileSource({ manifests, watch });
    this.#sources.push(source);
    return [...diagnostics, ...(await source.start(this.#sink))];
  }

  /**
   * Takes in what a source has, and every change of it, until the engine closes.
   * @returns the findings of its first state
   */
  async follow(source: Source): Promise<Diagnostic[]> {
    this.#followed.push(source);
    const layer = this.#layer;
    if (layer === undefined) return source.start(this.#sink);
    return source.start({ ...this.#sink, apply: (batch) => layer.apply(batch) });
  }

  /** Whether an object of the store is a followed cluster's, and not local. */
  isFromCluster(object: KubernetesObject): boolean {
    return this.#layer?.has(object) ?? false;
  }

  /**
   * Takes in what was made through the API in an earlier run and stands in no file, and keeps in the folder from
   * now on what is made so: each change is on disk before its client is told that it is made. Load files first.
   * @throws StateInUseError when another process keeps its objects there; StateDamagedError; the error of reading or
   *   writing
   */
  async keepState(folder: string): Promise<void> {
    await this.#origins.keepIn(folder);
  }

  /** What is not, or not only, as files say: made, changed or deleted through the API. */
  origins(): Origin[] {
    return this.#origins.list();
  }

  /** Starts the local pods, or goes over to another configuration of them; what did not change goes on. */
  startPods(localPods: LocalPods = this.#pods.config): void {
    this.#pods.start(this.store, localPods);
    this.#localInstead?.refresh();
  }

  /**
   * Starts local pods again, one at a time, each replaced only when the new one is ready.
   * @returns whether all came up again.
   */
  async restartPods(when?: (pod: Pod) => boolean): Promise<boolean> {
    return this.#pods.restart(when);
  }

  /** Where an endpoint that is a local pod is reached on this machine; undefined for any other. */
  localAddressOf(address: string, port: number): LocalAddress | undefined {
    return (
      this.#options.localAddressOf?.(address, port) ?? this.#pods.localAddressOf(address, port)
    );
  }

  /** The variables by which a program that heeds them reaches Services by name; none while no gateway listens. */
  proxyVariables(): StringMap {
    return this.#pods.proxyVariables();
  }

  /**
   * Opens a way to a place that has a {@link LocalAddress.door}, for a connection from anywhere on this machine.
   * @returns the host to connect to, at the door's port.
   * @throws as connecting to the pod does.
   */
  reach(place: LocalAddress): Promise<string> {
    return this.#network.reach(place);
  }

  /**
   * A place in the network of local pods for a program that another process starts.
   * @param as the pod that it sees with the eyes of, or into which it goes where that runs in the network
   * @param isPod whether it stands for that pod, with its address
   * @returns undefined where no pod has a network of its own.
   * @internal
   */
  joinNetwork(namespace: string, as?: string, isPod?: boolean): Promise<Membership | undefined> {
    const pod = as === undefined ? undefined : this.store.get("Pod", namespace, as);
    const entry = pod && this.#pods.entryOf(pod);
    return this.#network.join({ namespace, pod, isPod, entry });
  }

  /**
   * The environment of a local pod's main container, for a process that somebody else starts for it.
   * @param ports container port → where the process will listen on 127.0.0.1.
   */
  podEnvironment(
    pod: { readonly namespace: string; readonly name: string },
    ports: ReadonlyMap<number, number>,
  ): StringMap {
    return this.#pods.environmentOf(pod, ports);
  }

  /**
   * Opens what the options name, at the addresses given.
   * @returns the bound addresses.
   * @throws ListenError when one can't be had; what opened before stays open.
   */
  listen(options: ListenOptions): Promise<Listening> {
    return this.#doors.listen(options);
  }

  /** Addresses of this machine that `listen` should have and has not, with who has them. */
  get lostAddresses(): readonly LostAddress[] {
    return this.#lost.list();
  }

  /** Where the gateway listens, the last one that was opened. */
  get gateway(): Address | undefined {
    return this.#doors.gateway;
  }

  /**
   * Where the listeners of Gateways and Ingresses are bound, once `listen({ routes: true })` serves them.
   * @internal
   */
  listenerPlaces(): ListenerPlace[] {
    return this.#doors.listeners();
  }

  /**
   * For an embedder that serves the listeners of Gateways and Ingresses itself.
   * @internal
   */
  get servedRoutes(): ServedRoutes {
    return {
      plan: this.#plan,
      certificateFor: (name) => this.#doors.certificates.certificateFor(name),
      trustVariables: (inherited) => this.#doors.certificates.trustVariables(inherited),
    };
  }

  /** DNS over the store in the cluster's view, without a socket: answers, explanations, a `lookup`. */
  get dns(): Dns {
    return this.view.dns;
  }

  /** Clients of this process that reach Services by name, without anything being patched. */
  get inProcess(): InProcess {
    this.#inProcess ??= new InProcess({
      view: this.view,
      localAddressOf: (address, port) => this.localAddressOf(address, port),
      reach: (place) => this.reach(place),
    });
    return this.#inProcess;
  }

  /** An agent for `http.request`: a Service name leads to an endpoint chosen for each request. */
  agent(options?: HttpAgentOptions): HttpAgent {
    return this.inProcess.agent(options);
  }

  /** The same for `https.request`. */
  httpsAgent(options?: HttpsAgentOptions): HttpsAgent {
    return this.inProcess.httpsAgent(options);
  }

  /**
   * A dispatcher for `fetch` (`fetch(url, { dispatcher })`), or for the undici that is passed: an endpoint is
   * chosen for each request.
   * @throws TypeError when the global dispatcher was replaced and no undici is passed.
   */
  dispatcher(undici?: undefined, options?: DispatcherOptions): FetchDispatcher;
  dispatcher<D>(undici: UndiciLike<D>, options?: DispatcherOptions): D;
  dispatcher<D>(undici?: UndiciLike<D>, options?: DispatcherOptions): D | FetchDispatcher {
    return this.inProcess.dispatcher(undici, options);
  }

  /**
   * For anything with a `lookup` option: `dns.lookup` with Service names. An address says nothing about ports,
   * so these are addresses that answer on this machine only while `listen({ services: true })` serves them, or
   * where pod addresses are routable.
   */
  get lookup(): Lookup {
    const { namespace } = this.view.standpoint;
    if (!this.#doors.services) return this.dns.lookup({ namespace });
    this.#localDns ??= createDns({ ...this.view.dnsOptions, view: "local" });
    return this.#localDns.lookup({ namespace });
  }

  /**
   * The answer to a question, as in `engine.dns.resolve`.
   * @throws DnsOptionError for a type that does not exist.
   */
  resolve(name: string, type = "A"): Resolution {
    return this.dns.resolve(name, type);
  }

  /**
   * Where traffic from outside goes, as Ingresses, Gateways and routes say.
   * @internal
   */
  get routes(): Pick<RoutingPlan, "current" | "version"> {
    return this.#plan;
  }

  /** What the containers of local pods print. */
  get podLogs(): PodLogs {
    return this.#pods.logs;
  }

  /** The network that a local pod's processes run in: a namespace of their own, or the machine's. */
  networkOf(pod: Pod): "pods" | "host" | undefined {
    return this.#pods.networkOf(pod);
  }

  /**
   * What balances connections of local pods to each service port, where they have a network of their own.
   * @returns undefined where the kernel balances none
   * @internal
   */
  carriages(): readonly PortCarriage[] | undefined {
    return this.#network.carriages();
  }

  /** Whether a pod is a process of this machine. */
  runsPod(pod: Pod): boolean {
    return this.#pods.serves(pod);
  }

  /** Whether a process that somebody else started stands for the pod. */
  attachesPod(pod: Pod): boolean {
    return this.#pods.attaches(pod);
  }

  /** What the probes of a local pod found last; of any other pod nothing is known here. */
  lastProbes(pod: { readonly namespace: string; readonly name: string }): readonly LastProbe[] {
    return this.#pods.lastProbes(pod);
  }

  /**
   * The ports of 127.0.0.1 that lead to what a local pod listens on in a network of its own.
   * @internal
   */
  exposedPorts(pod: { readonly namespace: string; readonly name: string }): PortOnMachine[] {
    return this.#pods.exposedPorts(pod);
  }

  /** Whether some endpoint of the Service is ready. */
  hasLiveEndpoint(service: Service): boolean {
    return slicesOf(service, this.store).some(({ endpoints }) => endpoints.some(isEndpointReady));
  }

  /** Why a Service has no live pod, in words. */
  whyNone(service: Service): string {
    return this.noEndpoint(service).reason;
  }

  /** The rule by which a Service has no live pod. @param port on this port of its. Default: on any. */
  noEndpoint(service: Service, port?: ServicePort): NoEndpoint {
    return whyNone(service, slicesOf(service, this.store), this.store, port);
  }

  /**
   * Closes everything that was opened and ends local pods; the store keeps its objects. Called again with
   * a shorter grace, it hurries.
   * @param grace milliseconds that requests in progress and local pods may take at most. Default: 10 s for
   *   requests, and each pod's own grace period.
   */
  async close({ grace }: { readonly grace?: number } = {}): Promise<void> {
    await Promise.all([...this.#sources, ...this.#followed].map((source) => source.close()));
    // The doors first, so that nothing new comes in for pods that are about to end.
    await this.#doors.close(grace);
    await this.#origins.close();
    await this.#pods.close(grace);
    this.#inProcess?.close();
    await this.#localDns?.close();
    await this.view.close();
  }

  /** As {@link Engine.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function isObject(input: ManifestInput | KubernetesObject): input is KubernetesObject {
  return typeof input === "object" && "kind" in input;
}

function standpointOf(options: EngineOptions): Partial<Standpoint> {
  const { clusterDomain, defaultNamespace: namespace, namespaces, node, zone, pods } = options;
  const { furtherZones, mirror, routeClasses } = options;
  return {
    ...(clusterDomain && { clusterDomain }),
    ...(furtherZones && { furtherZones }),
    ...(namespace && { namespace }),
    ...(namespaces && { namespaces }),
    ...(node !== undefined && { node }),
    ...(zone !== undefined && { zone }),
    ...(mirror !== undefined && { mirror }),
    ...(pods && { pods }),
    ...(routeClasses && { routeClasses }),
  };
}

/**
 * An engine with nothing in it: `load` objects, `listen`, `startPods`, in any order.
 * @throws MirrorCollisionError when two ranges would share local addresses; InvalidCidrError;
 *   ApiServerAddressError; RangeError for a mirror that does not exist.
 */
export function createEngine(options: EngineOptions = {}): Engine {
  return new Engine(options);
}
