import type { Cluster } from "../network/cluster.ts";
import { NamespaceError } from "../network/namespace.ts";
import type { NetworkPlan } from "../network/network-plan.ts";
import {
  type OpenOptions as NetworkOptions,
  type PodNamespace,
  PodNetwork,
  type PodNetworkOptions,
} from "../network/pod-network.ts";
import type { Pod } from "../objects/pod.ts";
import { podIPs } from "../objects/pod.ts";

export type ShellOptions = PodNetworkOptions;

export interface OpenOptions extends NetworkOptions {
  readonly cluster: Cluster;
  /** Whose short names apply. */
  readonly namespace: string;
  /** Whose search list and host name apply. */
  readonly as?: Pod | undefined;
  /** Whether the command is that pod, with its address. Default: it only sees with its eyes. */
  readonly isPod?: boolean | undefined;
  /** Files for the folder, by name. */
  readonly files?: ReadonlyMap<string, string> | undefined;
}

export interface RunOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A command in a network of its own, of which it is the only member. */
export class Shell {
  readonly network: PodNetwork;
  #member: PodNamespace | undefined;
  #onError: ((error: Error) => void) | undefined;

  constructor(options: ShellOptions) {
    this.network = new PodNetwork(options);
  }

  /**
   * Makes the network.
   * @returns what is routed in it, and the command's own address.
   * @throws NamespaceError when this machine does not allow it.
   */
  async open(options: OpenOptions): Promise<NetworkPlan & { readonly address: string }> {
    const { namespace, as, isPod = false, files = new Map() } = options;
    this.#onError = options.onError;
    const podAddress = isPod && as !== undefined ? podIPs(as)[0] : undefined;
    const plan = await this.network.open({ ...options, reserved: podAddress });
    await this.network.write(files);
    this.#member = await this.network.add({ namespace, as, address: podAddress });
    return { ...plan, address: this.#member.address };
  }

  /** Runs the command and waits for its end. @returns its exit code; 128 and the number for a signal. */
  async run({ command, cwd, env }: RunOptions): Promise<number> {
    if (this.#member === undefined) throw new NamespaceError("the network is not open");
    const order = { command: this.#member.enter(cwd, command), cwd, env };
    return this.network.namespace.run(order, (error) => this.#onError?.(error));
  }

  /** Passes a signal to the command, unless it has got it already. */
  signal(signal: NodeJS.Signals): void {
    this.network.namespace.signal(signal);
  }

  /** A connection to the command that comes from its network. */
  connect(host: string, port: number) {
    return this.network.namespace.connect(host, port);
  }

  /** Ends everything inside, and what served it. */
  async close(): Promise<void> {
    await this.network.close();
  }
}
