import type { SourcePosition } from "../diagnostics/diagnostic.ts";
import type { Selector } from "../labels/selector.ts";
import type { StringMap } from "../objects/object.ts";

/** What local pods run in: namespaces of their own, the machine's network, or the first that can be had. */
export const NETWORK_MODES = ["pods", "host", "auto"] as const;

/** What runs pods as containers that no entry asks it for: nothing, either engine, or one of them. */
export const CONTAINER_MODES = ["off", "auto", "podman", "docker"] as const;

export type ContainerMode = (typeof CONTAINER_MODES)[number];

export type NetworkMode = (typeof NETWORK_MODES)[number];

/** What balances connections of pods to Services: the kernel by nftables, relays, or the first that can be had. */
export const DATA_PLANES = ["auto", "nft", "relay"] as const;

export type DataPlane = (typeof DATA_PLANES)[number];

/** A port of pods, and the port of 127.0.0.1 that leads to it where that is free. */
export interface PortToExpose {
  readonly port: number;
  readonly at: number;
}

/** Which of the ports that pods with a network of their own listen on are at 127.0.0.1, too: all, none, or these. */
export type Exposure = "auto" | "off" | readonly PortToExpose[];

/** Names of pods by their addresses: none, those of any address, or those of pods' addresses. */
export const POD_RECORDS: readonly PodRecords[] = ["disabled", "insecure", "verified"];

/** As kubeadm, kind and minikube configure CoreDNS. */
export const DEFAULT_POD_RECORDS: PodRecords = "insecure";

/** Which pods have names by their addresses: none, any address (`insecure`), or those of pods that exist. */
export type PodRecords = "disabled" | "insecure" | "verified";

/**
 * The pods that an entry is about: all of a workload (or one bare Pod), or all that a selector matches.
 * Without a namespace it is the only one that has such a workload or such pods.
 */
export type WorkloadTarget =
  | {
      readonly namespace: string | undefined;
      /** `Deployment.apps`, `Pod`: see groupKind. */
      readonly kind: string;
      readonly name: string;
    }
  | { readonly namespace: string | undefined; readonly selector: Selector };

/** A process that stands for a container. */
export interface LocalProcess {
  /** A program and its arguments, or a line for the shell. */
  readonly command: readonly string[] | string;
  /** Absolute. */
  readonly cwd: string;
  /** Set after the pod template's own variables. */
  readonly env: StringMap;
  /** A file of `NAME=value` lines, absolute. */
  readonly envFile?: string;
  /** Whether Node programs on the machine's own network know the cluster's names by a hook. Default: true. */
  readonly register?: boolean;
}

/** What a `run` entry says of a workload, whichever way its pods run. */
export interface RunTarget {
  readonly target: WorkloadTarget;
  /** Instead of the workload's own. */
  readonly replicas?: number;
  /** Whether a followed cluster's own pods of the workload go on serving here. Default: false, they are replaced. */
  readonly beside?: boolean;
  readonly position: SourcePosition;
}

/** The process that stands for a container of a workload's pods (`run:`). */
export interface ProcessEntry extends LocalProcess, RunTarget {
  /** Which container of the pod the process stands for. Default: the first. */
  readonly container?: string;
}

/** The containers of the pod that no process stands for run as containers, of their own images. */
export interface OwnImage {
  readonly ownImage: true;
  /** Set after the pod template's own variables. */
  readonly env: StringMap;
  /** A file of `NAME=value` lines, absolute. */
  readonly envFile?: string;
}

/** Pods of a workload that run as containers (`run:` with `container: true`). */
export interface OwnImageEntry extends OwnImage, RunTarget {}

/** How the pods of a workload run on this machine (`run:`). */
export type RunEntry = ProcessEntry | OwnImageEntry;

/** The command that stands for an image (`images:`). */
export interface ImageEntry extends LocalProcess {
  /** Of image references, `*` stands for anything. */
  readonly pattern: string;
  readonly position: SourcePosition;
}

/** What stands for a container of a pod: a process, or a container of its own image. */
export type ContainerEntry = ProcessEntry | ImageEntry | OwnImage;

/** Processes that run already and stand for pods (`attach:` in kubelane.yaml). */
export interface AttachEntry {
  readonly target: WorkloadTarget;
  /** Where the pods' processes listen, one address a pod. */
  readonly addresses: readonly AttachAddress[];
  /** Whether a followed cluster's own pods of the workload go on serving here. Default: false, they are replaced. */
  readonly beside?: boolean;
  readonly position: SourcePosition;
}

/** Where a container port is reached, in a process that runs already. */
export interface AttachAddress {
  /** An IP address or `localhost`; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Container ports that are elsewhere on the host than all the others. */
  readonly further?: Readonly<Record<number, number>>;
}

/** Pods that an echo answers for (`stub:`). */
export interface StubEntry {
  /** Absent: every pod. */
  readonly target?: WorkloadTarget;
  readonly position: SourcePosition;
}

/** A node of the emulated cluster (`nodes:`). */
export interface NodeEntry {
  readonly name: string;
  /** Becomes the label topology.kubernetes.io/zone. */
  readonly zone?: string;
  readonly labels: StringMap;
  readonly position: SourcePosition;
}
