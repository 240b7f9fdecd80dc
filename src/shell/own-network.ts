import {
  type OpenOptions as NetworkOptions,
  PodNetwork,
  type PodNetworkOptions,
} from "../network/pod-network.ts";
import { ROUTER } from "../network/router-script.ts";
import type { Pod } from "../objects/pod.ts";
import { podIPs } from "../objects/pod.ts";
import type { ShellPlace } from "./shell.ts";

export interface OwnNetworkOptions extends NetworkOptions {
  /** Whose short names apply. */
  readonly namespace: string;
  /** Whose search list and host name apply. */
  readonly as?: Pod | undefined;
  /** Whether the command is that pod, with its address. Default: it only sees with its eyes. */
  readonly isPod?: boolean | undefined;
  /** Files for the network's folder, by name. */
  readonly files?: ReadonlyMap<string, string> | undefined;
}

/** Makes a network of which the command is the only member. @throws NamespaceError when this machine allows none. */
export async function openOwnNetwork(
  started: PodNetworkOptions,
  options: OwnNetworkOptions,
): Promise<ShellPlace> {
  const { namespace, as, isPod = false, files = new Map() } = options;
  const network = new PodNetwork(started);
  try {
    const address = isPod && as !== undefined ? podIPs(as)[0] : undefined;
    const { nodeAddresses } = await network.open({ ...options, reserved: address });
    await network.write(files);
    const member = await network.add({ namespace, as, address });
    return {
      namespace: network.namespace,
      entry: (await member.entry()).inside,
      address: member.address,
      nodeAddress: nodeAddresses[0] ?? ROUTER,
      close: () => network.close(),
    };
  } catch (error) {
    await network.close();
    throw error;
  }
}
