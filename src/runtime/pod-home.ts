import type { Socket } from "node:net";
import type { PortHolder } from "../net/port-holder.ts";
import type { Mount } from "../network/mount.ts";
import type { PodEntry, PodNamespace } from "../network/pod-network.ts";
import type { StringMap } from "../objects/object.ts";
import type { Container, Pod } from "../objects/pod.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { NodeHook } from "./node-hook.ts";
import type { ServiceAddress } from "./service-links.ts";

/** What the processes of a pod are told about the network they are in. */
export interface PodSurroundings {
  /** Where the pod's processes reach the pod itself. */
  readonly podIP: string;
  readonly hostIP: string;
  readonly serviceAddress: ServiceAddress;
  /** The variables of this process that they inherit. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** Further variables, before the pod's own. */
  readonly extra: StringMap;
  /** What Node programs know the cluster's names by, where nothing else leads them there. */
  readonly nodeHook?: NodeHook | undefined;
}

/** The network that the processes of one pod run in, and how this process reaches them there. */
export interface PodHome extends PodSurroundings {
  /** The pod's own network, or that of the machine. */
  readonly network: "pods" | "host";
  /** Whether a second set of the pod's processes could not run beside the first. */
  readonly isExclusive: boolean;
  /** How processes get into it that see files and folders at other places. Absent: they see this machine's. */
  readonly entryWith?: (mounts: readonly Mount[]) => Promise<PodEntry>;
  /** The pod's network namespace, for what starts containers in it. Absent: it has none of its own. */
  readonly namespace?: Pick<PodNamespace, "path" | "files">;
  /** Container port → the port that the container listens on. */
  portsOf(container: Container): Promise<ReadonlyMap<number, number>>;
  /** Where a probe looks for a port, in this order. */
  readonly probedAt: readonly string[];
  /** Connects to where a probe looks. Absent: as this process connects to anything. */
  readonly dial?: (host: string, port: number) => Socket;
  /** A probe was answered there. */
  answersOn(address: LocalAddress): void;
  /** Where this machine reaches a container port; undefined when it doesn't. */
  addressOf(port: number): LocalAddress | undefined;
  /** Who has a port that the pod's processes can't have. Absent: nobody but the pod can have it. */
  readonly holderOf?: (port: number) => PortHolder | undefined;
  /** Nothing of the pod runs any more. */
  release(): Promise<void>;
}

/**
 * Finds a home for a pod.
 * @param runsImages whether an engine runs containers of it
 * @throws when there is none, and it is tried again later
 */
export type HomeOf = (pod: Pod, podIP: string, runsImages: boolean) => Promise<PodHome>;
