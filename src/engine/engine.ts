import { EventEmitter } from "node:events";
import { type Balancer, createBalancer } from "../balancer/balancer.ts";
import { whyNone } from "../balancer/why-none.ts";
import { standardControllers } from "../controllers/standard.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { createDns, type Dns } from "../dns/dns.ts";
import type { Resolution } from "../dns/resolution.ts";
import { DEFAULT_POD_RANGE, DEFAULT_SERVICE_RANGE } from "../net/address-pool.ts";
import { checkMirrors } from "../net/mirror-collision.ts";
import {
  type EndpointSlice,
  isEndpointReady,
  SERVICE_NAME_LABEL,
} from "../objects/endpoint-slice.ts";
import type { KubernetesObject, StringMap } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import type { Dialer } from "../proxy/dialer.ts";
import { directDialer } from "../proxy/direct-dialer.ts";
import { createGateway } from "../proxy/gateway.ts";
import { mappedDialer } from "../proxy/mapped-dialer.ts";
import { createRelays } from "../proxy/relays/relays.ts";
import type { LocalAddress, LocalPods } from "../runtime/local-pods.ts";
import { replicasFor } from "../runtime/replicas.ts";
import { createRuntime, type Runtime } from "../runtime/runtime.ts";
import { assignmentOf } from "../runtime/target.ts";
import { createFileSource, type FileSource } from "../sources/files.ts";
import type { Controller } from "../store/controller.ts";
import { Store } from "../store/store.ts";
import { admitObjects } from "./admit-objects.ts";
import { setAlarm } from "./alarm.ts";
import type { EngineEvents } from "./events.ts";
import {
  type Address,
  ListenError,
  type Listening,
  type ListenOptions,
  parseAddress,
} from "./listen.ts";
import type { EngineOptions } from "./options.ts";

export interface LoadOptions {
  /** Follow the files: what changes on disk changes here, and what breaks is told. Default: false. */
  readonly watch?: boolean;
}

/** What has a number of pods that the local configuration may override. */
const WORKLOADS = [
  "Deployment.apps",
  "ReplicaSet.apps",
  "ReplicationController",
  "StatefulSet.apps",
] as const;

/** A cluster's Services without the cluster: objects in, names and balanced connections out. */
export class Engine extends EventEmitter<EngineEvents> {
  /** The one place for state; drive it directly if the objects come from somewhere else. */
  readonly store: Store;
  readonly balancer: Balancer;
  /** Reaches an endpoint from this machine, local processes included. */
  readonly dialer: Dialer;
  readonly #options: EngineOptions;
  readonly #sources: FileSource[] = [];
  readonly #doors: { close(grace?: number): Promise<void> }[] = [];
  #localPods: LocalPods;
  /** Where the gateway listens that local pods are told of. */
  #gateway: Address | undefined;
  #runtime: Runtime | undefined;
  #alarm: { close(): void } | undefined;
  #dns: Dns | undefined;

  constructor(options: EngineOptions = {}) {
    super();
    this.#options = options;
    this.#localPods = options.localPods ?? { run: [], attach: [] };
    const { now, random } = options;
    checkMirrors([
      ...(options.serviceRanges ?? [DEFAULT_SERVICE_RANGE]).map((range) => ({
        use: "services",
        range,
      })),
      { use: "pods", range: options.podRange ?? DEFAULT_POD_RANGE },
    ]);
    this.store = new Store({
      controllers: options.controllers ?? this.#standardControllers(),
      ...(now && { now }),
    });
    this.balancer = createBalancer({
      store: this.store,
      node: options.node,
      zone: options.zone,
      ...(random && { random }),
      ...(now && { now: () => now().getTime() }),
      ...(options.policy && { policy: options.policy }),
    });
    this.dialer = mappedDialer((address, port) => this.localAddressOf(address, port), directDialer);
    this.store.subscribe((changes) => this.emit("changes", changes));
  }

  #standardControllers(): readonly Controller[] {
    const { serviceRanges, nodePortRange, now } = this.#options;
    return standardControllers({
      ...(serviceRanges && { serviceRanges }),
      ...(nodePortRange && { nodePortRange }),
      ...(now && { now }),
      replicasOf: (workload) => replicasFor(this.#localPods)(workload),
      isRun: (pod) => assignmentOf(pod, this.#localPods, this.store) !== undefined,
      onFinding: (finding) => this.emit("diagnostics", [finding]),
    });
  }

  /**
   * Takes in manifests (files, folders, globs, `-`) or objects. Bad ones are told and left out; the rest
   * serves. With `watch`, later findings come as `diagnostics` events.
   * @returns the findings of this reading.
   */
  async load(
    input: string | KubernetesObject | readonly (string | KubernetesObject)[],
    { watch = false }: LoadOptions = {},
  ): Promise<Diagnostic[]> {
    const inputs = [input].flat() as (string | KubernetesObject)[];
    const objects = inputs.filter((each) => typeof each === "object");
    const paths = inputs.filter((each) => typeof each === "string");
    const { operations, diagnostics } = admitObjects(objects);
    this.store.apply(operations);
    if (paths.length === 0) return diagnostics;
    const source = createFileSource({
      paths,
      watch,
      onBatch: (batch) => void this.store.apply(batch),
      onDiagnostics: (found) => this.emit("diagnostics", found),
      onError: (error) => this.emit("fault", error),
    });
    this.#sources.push(source);
    return [...diagnostics, ...(await source.load())];
  }

  /** Starts the local pods, or goes over to another configuration of them; what did not change goes on. */
  startPods(localPods: LocalPods = this.#localPods): void {
    const before = replicasFor(this.#localPods);
    const after = replicasFor(localPods);
    this.#localPods = localPods;
    // Workloads that get another number of pods, before the runtime looks for pods to stand for.
    const rescaled = WORKLOADS.flatMap((kind) => this.store.list(kind)).filter(
      (workload) => before(workload) !== after(workload),
    );
    this.store.apply(rescaled.map((workload) => ({ op: "touch", key: keyOf(workload) })));
    if (this.#runtime !== undefined) {
      this.#runtime.update(localPods);
      return;
    }
    this.#runtime = createRuntime({
      store: this.store,
      ...localPods,
      ...(this.#options.podRange && { podRange: this.#options.podRange }),
      ...(this.#options.node && { nodeName: this.#options.node }),
      ...(this.#options.backOff && { backOff: this.#options.backOff }),
      environment: () => this.#proxyVariables(),
      onEvent: (event) => this.emit("pod", event),
    });
    this.#runtime.start();
    this.#alarm = setAlarm(this.store, this.#options.now ?? (() => new Date()), (error) =>
      this.emit("fault", error),
    );
  }

  /** So that programs which heed them reach Services by name. */
  #proxyVariables(): StringMap {
    if (this.#gateway === undefined) return {};
    const { host, port } = this.#gateway;
    const proxy = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const direct = "localhost,127.0.0.1,::1";
    return { HTTP_PROXY: proxy, http_proxy: proxy, NO_PROXY: direct, no_proxy: direct };
  }

  /**
   * Starts local pods again, one at a time, each replaced only when the new one is ready.
   * @returns whether all came up again.
   */
  async restartPods(when?: (pod: Pod) => boolean): Promise<boolean> {
    return (await this.#runtime?.restart(when)) ?? true;
  }

  /** Where an endpoint that is a local pod is reached on this machine; undefined for any other. */
  localAddressOf(address: string, port: number): LocalAddress | undefined {
    return this.#runtime?.localAddressOf(address, port);
  }

  /**
   * The environment of a local pod's main container, for a process that somebody else starts for it.
   * @param ports container port → where the process will listen on 127.0.0.1.
   */
  podEnvironment(
    pod: { readonly namespace: string; readonly name: string },
    ports: ReadonlyMap<number, number>,
  ): StringMap {
    return this.#runtime?.environmentOf(pod, ports)?.variables ?? {};
  }

  /**
   * Opens what the options name, at the addresses given.
   * @returns the bound addresses.
   * @throws ListenError when one can't be had; what opened before stays open.
   */
  async listen(options: ListenOptions): Promise<Listening> {
    const { dns, gateway, services = false, nodePorts = false } = options;
    const bound: { dns?: Address; gateway?: Address } = {};
    if (services || nodePorts !== false) {
      const relays = createRelays({
        ...options.relays,
        store: this.store,
        balancer: this.balancer,
        dialer: this.dialer,
        services,
        nodePortHosts: nodePorts === true ? ["127.0.0.1"] : nodePorts === false ? [] : nodePorts,
        onTraffic: (event) => this.emit("traffic", event),
        onListenError: (relay, error) => this.emit("unreachable", relay, error),
        onError: (error) => this.emit("fault", error),
      });
      this.#doors.push(relays);
      await relays.settled();
    }
    if (dns !== undefined) bound.dns = await this.#listenDns(dns);
    if (gateway !== undefined) bound.gateway = await this.#listenGateway(gateway);
    return bound;
  }

  async #listenDns({ listen, ...options }: NonNullable<ListenOptions["dns"]>): Promise<Address> {
    const address = parseAddress(listen);
    const dns = createDns({ ...this.#dnsOptions(), ...options });
    try {
      const { host, port } = await dns.listen({
        listen,
        onError: (error) => this.emit("fault", error),
      });
      this.#doors.push(dns);
      return { host, port };
    } catch (error) {
      await dns.close();
      throw new ListenError("dns", address, error);
    }
  }

  async #listenGateway({
    listen,
    ...options
  }: NonNullable<ListenOptions["gateway"]>): Promise<Address> {
    const address = parseAddress(listen);
    const { clusterDomain, defaultNamespace } = this.#options;
    const gateway = createGateway({
      ...(clusterDomain && { clusterDomain }),
      ...(defaultNamespace && { defaultNamespace }),
      onTraffic: (event) => this.emit("traffic", event),
      onError: (error) => this.emit("fault", error),
      ...options,
      store: this.store,
      balancer: this.balancer,
      dialer: this.dialer,
    });
    try {
      const listening = await gateway.listen(address);
      this.#doors.push(listening);
      this.#gateway = { host: listening.host, port: listening.port };
      return this.#gateway;
    } catch (error) {
      throw new ListenError("gateway", address, error);
    }
  }

  /** DNS over the store in the cluster's view, without a socket: answers, explanations, a `lookup`. */
  get dns(): Dns {
    this.#dns ??= createDns(this.#dnsOptions());
    return this.#dns;
  }

  /**
   * The answer to a question, as in `engine.dns.resolve`.
   * @throws DnsOptionError for a type that is none.
   */
  resolve(name: string, type = "A"): Resolution {
    return this.dns.resolve(name, type);
  }

  /** Whether some endpoint of the Service is ready. */
  hasLiveEndpoint(service: Service): boolean {
    return this.#slicesOf(service).some(({ endpoints }) => endpoints.some(isEndpointReady));
  }

  /** Why a Service has no live pod, in words. */
  whyNone(service: Service): string {
    return whyNone(service, this.#slicesOf(service), this.store);
  }

  #slicesOf({ metadata: { namespace = "", name } }: Service): EndpointSlice[] {
    return this.store
      .list("EndpointSlice.discovery.k8s.io", { namespace })
      .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME_LABEL] === name);
  }

  #dnsOptions() {
    const { clusterDomain = "cluster.local", namespaces, now, random } = this.#options;
    return {
      store: this.store,
      zones: [clusterDomain, "in-addr.arpa", "ip6.arpa"],
      ...(namespaces && { existingNamespaces: namespaces }),
      ...(now && { now }),
      ...(random && { random }),
    };
  }

  /**
   * Closes everything that was opened and ends local pods; the store keeps its objects. Called again with
   * a shorter grace, it hurries.
   * @param grace milliseconds that requests in progress and local pods may take at most. Default: 10 s for
   *   requests, and each pod's own grace period.
   */
  async close({ grace }: { readonly grace?: number } = {}): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
    this.#alarm?.close();
    // The doors first, so that nothing new comes in for pods that are about to end.
    await Promise.all(this.#doors.map((door) => door.close(grace)));
    await this.#runtime?.close(grace === undefined ? {} : { grace });
    await this.#dns?.close();
    this.balancer.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * An engine with nothing in it: `load` objects, `listen`, `startPods`, in any order.
 * @throws MirrorCollisionError when two ranges would share local addresses; InvalidCidrError.
 */
export function createEngine(options: EngineOptions = {}): Engine {
  return new Engine(options);
}
