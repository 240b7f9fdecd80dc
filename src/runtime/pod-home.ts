import type { Socket } from "node:net";
import type { PortHolder } from "../net/port-holder.ts";
import type { Mount } from "../network/mount.ts";
import type { PodEntry, PodNamespace } from "../network/pod-network.ts";
import type { StringMap } from "../objects/object.ts";
import type { Container, Pod } from "../objects/pod.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { NodeHook } from "./node-hook.ts";
import type { ServiceAddress } from "./service-links.ts";

/** The network as a pod's processes are told of it. */
export interface PodSurroundings {
  /** Where the pod's processes reach the pod itself. */
  readonly podIP: string;
  readonly hostIP: string;
  readonly serviceAddress: ServiceAddress;
  /** The variables of this process that they inherit. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** Further variables, which the pod's own override. */
  readonly extra: StringMap;
  /** The hook through which Node programs find names of the cluster, where the network itself doesn't offer them. */
  readonly nodeHook?: NodeHook | undefined;
}

/** The network that a pod's processes run in, and how this process reaches them. */
export interface PodHome extends PodSurroundings {
  /** The pod's own network, or that of the machine. */
  readonly network: "pods" | "host";
  /** Whether a second set of the pod's processes can't run next to the first. */
  readonly isExclusive: boolean;
  /** How processes get into it that see files and folders at other places. Absent: they see this machine's. */
  readonly entryWith?: (mounts: readonly Mount[]) => Promise<PodEntry>;
  /** The pod's network namespace, for what starts containers in it. Absent: it has none of its own. */
  readonly namespace?: Pick<PodNamespace, "path" | "files">;
  /** Container port → the port that the container listens on. */
  portsOf(container: Container): Promise<ReadonlyMap<number, number>>;
  /** Where a probe connects to a port; tried in this order. */
  readonly probedAt: readonly string[];
  /** Connects for a probe. Absent: with an ordinary TCP connect. */
  readonly dial?: (host: string, port: number) => Socket;
  /** A probe was answered at that address. */
  answersOn(address: LocalAddress): void;
  /** Where this machine reaches a container port; undefined when it doesn't. */
  addressOf(port: number): LocalAddress | undefined;
  /** Says which program holds a port that the pod's process failed to bind. Absent: only the pod itself can hold it. */
  readonly holderOf?: (port: number) => PortHolder | undefined;
  /** No process of the pod is left. */
  release(): Promise<void>;
}

/**
 * Finds a home for a pod.
 * @param runsImages whether an engine runs containers of it
 * @throws when there is none, and it is tried again later
 */
export type HomeOf = (pod: Pod, podIP: string, runsImages: boolean) => Promise<PodHome>;
