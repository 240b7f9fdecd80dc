import { createDns, type Dns } from "../dns/index.ts";
import type { Pod } from "../objects/pod.ts";
import { podIPs } from "../objects/pod.ts";
import type { PlannedRelay } from "../proxy/relays/relay-plan.ts";
import { createRelays, type Relays } from "../proxy/relays/relays.ts";
import type { Cluster } from "./cluster.ts";
import { hostDns, hostFiles, hostIPv4Addresses, nameServiceSockets } from "./host.ts";
import { nameServiceFiles } from "./name-service.ts";
import { type Namespace, NamespaceError, type NamespaceOptions } from "./namespace.ts";
import { type NetworkPlan, networkPlan } from "./network-plan.ts";
import { findProgram } from "./program.ts";
import { RoutedBinder } from "./routed-binder.ts";
import { enter, furtherRoutes, ROUTER, setUpScript } from "./setup-script.ts";

export interface ShellOptions extends NamespaceOptions {
  /** Started already: its start is what takes longest. */
  readonly namespace: Namespace;
  /** An empty folder of this user's, over which the namespace puts files of its own. */
  readonly folder: string;
}

export interface OpenOptions {
  readonly cluster: Cluster;
  /** Whose short names apply. */
  readonly namespace: string;
  /** Whose search list and host name apply. */
  readonly as?: Pod | undefined;
  /** Whether the command is that pod, with its address. Default: it only sees with its eyes. */
  readonly isPod?: boolean | undefined;
  /** Files for the folder, by name. */
  readonly files?: ReadonlyMap<string, string> | undefined;
  /** An address could not be had; everything else goes on. */
  readonly onListenError: (relay: PlannedRelay, error: Error) => void;
  readonly onError: (error: Error) => void;
}

export interface RunOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A command's own network, in which a cluster's addresses are true: every Service on its ClusterIP and port,
 * DNS, NodePorts, pods. The sockets are inside; what they lead to is served from this process, so that there
 * is one hop between the command and a pod.
 */
export class Shell {
  readonly namespace: Namespace;
  readonly #options: ShellOptions;
  #relays: Relays | undefined;
  #dns: Dns | undefined;
  #onError: ((error: Error) => void) | undefined;

  constructor(options: ShellOptions) {
    this.#options = options;
    this.namespace = options.namespace;
  }

  /**
   * Makes the network.
   * @returns what is routed in it.
   * @throws NamespaceError when this machine does not allow it.
   */
  async open(openOptions: OpenOptions): Promise<NetworkPlan> {
    const { cluster, namespace, as, isPod = false, ...options } = openOptions;
    this.#onError = options.onError;
    const { store, clusterDomain, localAddressOf } = cluster;
    const { folder } = this.#options;
    const podAddress = isPod && as !== undefined ? podIPs(as)[0] : undefined;
    const network = networkPlan(store, { hostAddresses: hostIPv4Addresses(), podAddress });
    const { dnsAddress, nodeAddresses } = network;
    const host = hostFiles();
    await this.namespace.up();
    const script = setUpScript({
      folder,
      network,
      hostname: as && (as.spec.hostname ?? as.metadata.name),
      files: nameServiceFiles({ namespace, pod: as, clusterDomain, dnsAddress, host }),
      own: options.files ?? new Map(),
      hidden: nameServiceSockets(),
    });
    await this.namespace.setUp(script);
    // The way to the router is there from the start.
    const routed = [...network.ranges, `${ROUTER}/32`];
    const binder = new RoutedBinder(this.namespace, routed, (ranges) =>
      this.namespace.setUp(furtherRoutes(folder, network, ranges)),
    );
    const dns = createDns({
      store,
      view: "cluster",
      zones: [clusterDomain, "in-addr.arpa", "ip6.arpa"],
      fallthrough: ["in-addr.arpa", "ip6.arpa"],
      pods: "insecure",
      upstream: hostDns(host.resolvConf),
    });
    this.#dns = dns;
    // Before the relays: the DNS Service's own address answers here, whatever pods it has.
    const listening = dns.listen({
      listen: `${dnsAddress}:53`,
      binder,
      onError: options.onError,
    });
    this.#relays = createRelays({
      ...cluster,
      binder,
      localAddress: (address) => (address === podAddress ? undefined : address),
      // Every pod is listened for on its own address, be it here or elsewhere.
      localAddressOf: (address, port) => localAddressOf(address, port) ?? { host: address, port },
      nodePortHosts: [...nodeAddresses, ROUTER],
      isFromThisNode: () => true,
      onListenError(relay, error) {
        // Whoever waits for the namespace is told that it has ended, once.
        if (error instanceof NamespaceError) return;
        if (relay.host !== dnsAddress || relay.port !== 53) options.onListenError(relay, error);
      },
      onError: options.onError,
    });
    await Promise.all([listening, this.#relays.settled()]);
    await binder.routed();
    return network;
  }

  /** Runs the command and waits for its end. @returns its exit code; 128 and the number for a signal. */
  async run({ command, cwd, env }: RunOptions): Promise<number> {
    const { path, isRoot, folder } = this.#options;
    const user = isRoot
      ? undefined
      : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const toolAt = (name: string) => findProgram(name, path) ?? name;
    const words = enter({ folder, user, toolAt }, command);
    return this.namespace.run({ command: words, cwd, env }, (error) => this.#onError?.(error));
  }

  /** Ends everything inside, and what served it. */
  async close(): Promise<void> {
    await this.namespace.close();
    await Promise.all([this.#relays?.close(0), this.#dns?.close()]);
  }
}
