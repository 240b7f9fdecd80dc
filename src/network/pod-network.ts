import type { Socket as DatagramSocket } from "node:dgram";
import { existsSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { createDns, type Dns } from "../dns/index.ts";
import { hostPort } from "../net/host-port.ts";
import type { Pod } from "../objects/pod.ts";
import { ListenerDoors, type ListenerPlace } from "../proxy/listeners/listener-doors.ts";
import type { PlannedRelay, RelayPlaces } from "../proxy/relays/relay-plan.ts";
import { createRelays, type Relays } from "../proxy/relays/relays.ts";
import { hostAddresses } from "../routes/host-addresses.ts";
import { AGENT } from "./agent-orders.ts";
import type { Cluster } from "./cluster.ts";
import { missingOf } from "./facts.ts";
import { hostDns, hostFiles, hostIPv4Addresses, nameServiceSockets } from "./host.ts";
import { KernelPlane } from "./kernel/kernel-plane.ts";
import { complaintOf, NoKernelError } from "./kernel/no-kernel-error.ts";
import { policedBalancer } from "./kernel/policed-balancer.ts";
import { PolicyPlane } from "./kernel/policy-plane.ts";
import type { Mount } from "./mount.ts";
import { mountPlan } from "./mount-plan.ts";
import { mountScript } from "./mount-script.ts";
import { nameServiceFiles } from "./name-service.ts";
import { type Namespace, NamespaceError, type NamespaceOptions } from "./namespace.ts";
import { freePodAddress, type NetworkPlan, networkPlan } from "./network-plan.ts";
import { PodLoopback } from "./pod-loopback.ts";
import {
  addressV6,
  cornerOf,
  type EntryWords,
  enter,
  entryOfAgent,
  entryWords,
  netFile,
  type PodPlace,
  podRemoval,
  podScript,
} from "./pod-script.ts";
import { findProgram } from "./program.ts";
import { RoutedBinder } from "./routed-binder.ts";
import {
  conntrackSettings,
  furtherRoutes,
  ROUTER,
  ROUTER_V6,
  routerScript,
} from "./router-script.ts";
import { nftScript, writeFile } from "./script-text.ts";
import { MACHINE, MACHINE_NAME, OfflineError, WayOut } from "./way-out.ts";

export interface PodNetworkOptions extends NamespaceOptions {
  /** Started already: its start is what takes longest. */
  readonly namespace: Namespace;
  /** An empty folder of this user's, over which the namespace puts files of its own. */
  readonly folder: string;
  /** Whether commands are started inside the namespace, by its agent. */
  readonly startsInside: boolean;
}

/** What the kernel is to do besides routing. */
export interface KernelUse {
  /** By which policy endpoints are chosen: it can only choose at random. */
  readonly policy: string;
  /** It balances nothing any more. */
  onFault(error: NoKernelError): void;
  /** It enforces no NetworkPolicy any more. */
  onUnenforced(error: NoKernelError): void;
}

export interface OpenOptions {
  readonly cluster: Cluster;
  /** The address of a pod that will be added: no relay listens on it before. */
  readonly reserved?: string | undefined;
  /** Whether what this machine reaches outside the cluster is to be reached, too. Default: it isn't. */
  readonly wayOut?: boolean | undefined;
  /** The kernel balances connections to Services where it can, and enforces NetworkPolicies. Default: it does neither. */
  readonly kernel?: KernelUse | undefined;
  /** An address could not be had; everything else goes on. */
  readonly onListenError: (
    relay: PlannedRelay | Omit<ListenerPlace, "bound">,
    error: Error,
  ) => void;
  readonly onError: (error: Error) => void;
}

export interface AddOptions {
  /** Whose short names apply. */
  readonly namespace: string;
  /** Whose search list, host aliases and host name apply. */
  readonly as?: Pod | undefined;
  /** Default: one that no pod has. */
  readonly address?: string | undefined;
  /** Whether what runs in it belongs to another process, and ends with that. Default: it ends with this one. */
  readonly isGuest?: boolean;
}

/** How a command gets into a pod's namespaces, as the user who runs this process. */
export interface PodEntry {
  /** For commands that this process starts. */
  readonly outside: EntryWords;
  /** For those that are started in the namespaces of the network's agent. */
  readonly inside: EntryWords;
  /** The pod's, seen in these namespaces alone: for files of the programs that enter. */
  readonly folder: string;
}

/** A network namespace of its own within a {@link PodNetwork}. */
export interface PodNamespace {
  readonly address: string;
  /** Where an engine finds the network namespace for containers; undefined where it could not join it. */
  readonly path: string | undefined;
  /** Of the pod's name service, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** @param mounts files and folders that commands see at other places */
  entry(mounts?: readonly Mount[]): Promise<PodEntry>;
  remove(): Promise<void>;
}

/**
 * A network in which a cluster's addresses are true: every Service on its ClusterIP and port, DNS, NodePorts, pods.
 * A router's namespace, and one for each pod, joined to it by a cable. The sockets of Services are the router's;
 * what they lead to is served from this process, so that there is one hop between a program and a pod elsewhere.
 * Between pods of the network the kernel routes.
 */
export class PodNetwork {
  readonly namespace: Namespace;
  readonly #options: PodNetworkOptions;
  readonly #places = new Map<string, PodPlace>();
  /** By the address of their pod. */
  readonly #loopbacks = new Map<string, PodLoopback>();
  #cluster: Cluster | undefined;
  #plan: NetworkPlan | undefined;
  #relays: Relays | undefined;
  #listeners: ListenerDoors | undefined;
  #dns: Dns | undefined;
  #wayOut: WayOut | undefined;
  #offline: OfflineError | undefined;
  #kernel: KernelPlane | undefined;
  #noKernel: NoKernelError | undefined;
  #policies: PolicyPlane | undefined;
  #count = 0;

  constructor(options: PodNetworkOptions) {
    this.#options = options;
    this.namespace = options.namespace;
  }

  /**
   * Makes the network.
   * @returns what is routed in it.
   * @throws NamespaceError when this machine does not allow it.
   */
  async open({
    cluster,
    reserved,
    wayOut = false,
    kernel,
    onListenError,
    onError,
  }: OpenOptions): Promise<NetworkPlan> {
    const { store, view, dialer, localAddressOf, routes } = cluster;
    const { folder } = this.#options;
    this.#cluster = cluster;
    const plan = networkPlan(store, hostIPv4Addresses());
    this.#plan = plan;
    const { dnsAddress, nodeAddresses } = plan;
    await this.namespace.up();
    await this.namespace.setUp(routerScript(folder, plan));
    // The way to the router is there from the start.
    const routed = [...plan.ranges, `${ROUTER}/32`];
    const binder = new RoutedBinder(this.namespace, routed, (ranges) =>
      this.namespace.setUp(furtherRoutes(ranges)),
    );
    const dns = createDns({
      ...view.dnsOptions,
      fallthrough: ["in-addr.arpa", "ip6.arpa"],
      upstream: hostDns(hostFiles().resolvConf),
      hosts: (name) => hostAddresses(routes.plan.current, store, name),
    });
    this.#dns = dns;
    // Before the relays: the DNS Service's own address answers here, whatever pods it has.
    const listening = dns.listen({ listen: `${dnsAddress}:53`, binder, onError });
    const places: RelayPlaces = {
      services: true,
      // A pod of this network is routed to.
      localAddress: (address) =>
        address === reserved || this.#places.has(address) ? undefined : address,
      everyPod: true,
      nodePortHosts: [...nodeAddresses, ROUTER],
      node: view.standpoint.node,
    };
    this.#relays = createRelays({
      ...cluster,
      ...places,
      balancer: policedBalancer(view.balancer, {
        whyRefused: (...attempt) => this.#policies?.whyRefused(...attempt),
      }),
      binder,
      // Every other pod is listened for on its own address, be it here or elsewhere.
      localAddressOf: (address, port) => localAddressOf(address, port) ?? { host: address, port },
      isFromThisNode: () => true,
      onListenError(relay, error) {
        // Whoever waits for the namespace is told that it has ended, once.
        if (error instanceof NamespaceError) return;
        if (relay.host !== dnsAddress || relay.port !== 53) onListenError(relay, error);
      },
      onError,
    });
    this.#listeners = new ListenerDoors({
      plan: routes.plan,
      certificateFor: routes.certificateFor,
      store,
      balancer: view.balancer,
      dialer,
      binder,
      localAddress: (address) => address,
      onListenError: (place, error) => {
        if (!(error instanceof NamespaceError)) onListenError(place, error);
      },
      onError,
    });
    const served = [this.#relays.settled(), this.#listeners.settled()];
    await Promise.all([
      listening,
      ...served,
      wayOut && this.#openWayOut(),
      kernel && this.#openKernel(kernel, cluster, places),
    ]);
    await binder.routed();
    return plan;
  }

  /** Why there is no way out that was asked for. */
  get offline(): OfflineError | undefined {
    return this.#offline;
  }

  async #openWayOut(): Promise<void> {
    try {
      this.#wayOut = await WayOut.open(this.namespace, this.#options);
    } catch (error) {
      if (!(error instanceof OfflineError)) throw error;
      this.#offline = error;
    }
  }

  /** What the kernel balances by itself; undefined where relays balance everything. */
  get kernel(): KernelPlane | undefined {
    return this.#kernel;
  }

  /** Why it balances nothing, though it was to. */
  get noKernel(): NoKernelError | undefined {
    return this.#noKernel;
  }

  async #openKernel(
    { policy, onFault, onUnenforced }: NonNullable<OpenOptions["kernel"]>,
    { store, view }: Cluster,
    places: RelayPlaces,
  ): Promise<void> {
    const missing = missingOf(["nft"], this.#options.path);
    if (missing.length > 0) {
      this.#noKernel = new NoKernelError("nft not found", missing);
      return;
    }
    const kernel = new KernelPlane({
      store,
      balancer: view.balancer,
      places,
      policy,
      ownAddresses: new Set([hostPort(this.#plan?.dnsAddress ?? "", 53)]),
      router: { IPv4: ROUTER, IPv6: ROUTER_V6 },
      run: (commands) => this.namespace.setUp(nftScript(commands)),
      onFault: (cause) => {
        this.#kernel = undefined;
        this.#noKernel = new NoKernelError(complaintOf(cause), [], { cause });
        onFault(this.#noKernel);
      },
    });
    try {
      await kernel.open();
      await this.namespace.setUp(conntrackSettings());
      this.#kernel = kernel;
      this.#policies = new PolicyPlane({
        store,
        dns: this.#plan?.dnsAddress ?? "",
        run: (commands) => this.namespace.setUp(nftScript(commands)),
        onFault: (cause) => {
          this.#policies = undefined;
          onUnenforced(new NoKernelError(complaintOf(cause), [], { cause }));
        },
      });
    } catch (cause) {
      kernel.close();
      this.#noKernel = new NoKernelError(complaintOf(cause as Error), [], { cause });
    }
  }

  /** Files that programs inside see in the network's folder, by name. */
  async write(files: ReadonlyMap<string, string>): Promise<void> {
    const { folder } = this.#options;
    if (files.size === 0) return;
    const lines = [...files].map(([name, text]) => writeFile(join(folder, name), text));
    await this.namespace.setUp(lines.join("\n"));
  }

  /** Makes a network namespace in it. @throws NamespaceError */
  async add({ namespace, as, address, isGuest = false }: AddOptions): Promise<PodNamespace> {
    const { folder, path, isRoot, startsInside, below } = this.#options;
    const [cluster, plan] = [this.#cluster, this.#plan];
    if (cluster === undefined || plan === undefined) throw new Error("the network is not open");
    const number = ++this.#count;
    const place: PodPlace = {
      number,
      folder: join(folder, String(number)),
      address: address ?? freePodAddress(cluster.store, this.#places),
    };
    const files = nameServiceFiles({
      namespace,
      pod: as,
      clusterDomain: cluster.view.standpoint.clusterDomain,
      dnsAddress: plan.dnsAddress,
      machine: this.#wayOut && { address: MACHINE, name: MACHINE_NAME },
      host: hostFiles(),
    });
    for (const file of files.keys()) {
      if (existsSync(file)) continue;
      throw new NamespaceError(`mount: ${file}: mount point does not exist`);
    }
    // Before it is routed to, so that no relay takes its address in between.
    this.#places.set(place.address, place);
    try {
      await this.namespace.setUp(podScript(place, files));
    } catch (error) {
      this.#forget(place);
      throw error;
    }
    const routed = [place.address, addressV6(place)];
    this.#kernel?.add(routed);
    if (this.#policies !== undefined && as !== undefined && address !== undefined) {
      this.#policies.add({ namespace, name: as.metadata.name }, routed);
      await this.#policies.settled();
    }
    const isGuarded = !startsInside && !isGuest;
    if (isGuarded) this.namespace.guard(netFile(place));
    const entry = {
      place,
      files: [...files.keys()],
      hostname: as && (as.spec.hostname ?? as.metadata.name),
      hidden: nameServiceSockets(),
      agent: undefined,
      isRoot,
      user: isRoot ? undefined : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
      toolAt: (name: string) => findProgram(name, path) ?? name,
    };
    const entryOf = (more: { readonly mounts?: string } = {}): PodEntry => ({
      outside: entryWords({ ...entry, ...more, agent: this.namespace.pid }),
      inside: entryWords({ ...entry, ...more }),
      folder: place.folder,
    });
    if (!isGuest) this.#loopbacks.set(place.address, this.#loopbackOf(place, entryOf));
    let scripts = 0;
    return {
      address: place.address,
      path: isRoot || below ? `/proc/${this.namespace.pid}/root${netFile(place)}` : undefined,
      files,
      entry: async (mounts = []) => {
        if (mounts.length === 0) return entryOf();
        const script = join(place.folder, `mounts-${++scripts}`);
        const text = mountScript(mountPlan(mounts), cornerOf(place), path);
        await this.namespace.setUp(writeFile(script, text));
        return entryOf({ mounts: script });
      },
      remove: async () => {
        this.#forget(place);
        this.#kernel?.remove(routed);
        this.#policies?.remove(routed);
        if (isGuarded) this.namespace.unguard(netFile(place));
        // With the whole network it goes by itself.
        await this.namespace.setUp(podRemoval(place)).catch(() => {});
      },
    };
  }

  /** The words that start another process in the namespaces of this network's agent: its router's. */
  get agentEntry(): string[] {
    const { path, isRoot } = this.#options;
    const { pid = 0 } = this.namespace;
    const words = entryOfAgent(pid, isRoot, (name) => findProgram(name, path) ?? name);
    return [...words, `--net=/proc/${pid}/ns/net`, "--"];
  }

  /** Whether it is the address of a pod of this network. */
  has(address: string): boolean {
    return this.#places.has(address);
  }

  /** A connection to a pod of this network, that comes from its router. */
  dial(address: string, port: number, options?: { readonly allowHalfOpen?: boolean }): Socket {
    return this.namespace.dial(address, port, options);
  }

  /** A connection within a pod, to an address of its own localhost. */
  dialWithin(
    pod: string,
    host: string,
    port: number,
    options?: { readonly allowHalfOpen?: boolean },
  ): Socket {
    const loopback = this.#loopbacks.get(pod);
    if (loopback !== undefined) return loopback.dial(host, port, options);
    return new Socket().destroy(new NamespaceError(`no pod has the address ${pod}`));
  }

  /** Binds a socket of this process to the router's address, whence it reaches pods. */
  bind(socket: DatagramSocket): void {
    this.namespace.bind(socket, ROUTER, 0);
  }

  /** Ends everything inside, and what served it. */
  async close(): Promise<void> {
    this.#kernel?.close();
    this.#policies?.close();
    for (const loopback of this.#loopbacks.values()) loopback.close();
    await this.#wayOut?.close();
    await this.namespace.close();
    await Promise.all([this.#relays?.close(0), this.#listeners?.close(0), this.#dns?.close()]);
  }

  #loopbackOf(place: PodPlace, entryOf: () => PodEntry): PodLoopback {
    const command = () => enter(entryOf().outside, "/", [process.execPath, AGENT]);
    return new PodLoopback(command, () => {
      // The next connection starts another agent.
      if (this.#places.get(place.address) === place) {
        this.#loopbacks.set(place.address, this.#loopbackOf(place, entryOf));
      }
    });
  }

  #forget(place: PodPlace): void {
    if (this.#places.get(place.address) !== place) return;
    this.#places.delete(place.address);
    this.#loopbacks.get(place.address)?.close();
    this.#loopbacks.delete(place.address);
  }
}
