import type { SourcePosition } from "../diagnostics/diagnostic.ts";
import type { Selector } from "../labels/selector.ts";
import type { StringMap } from "../objects/object.ts";
import type { ManifestInput } from "./manifest-input.ts";

/** What a developer's machine adds to the manifests: the content of `kubelane.yaml`. */
export interface LocalConfig {
  /** The config file itself, absolute when it was read from a file. */
  readonly file: string;
  /** Manifest files, folders, globs and URLs, and what tools render; paths are absolute. */
  readonly manifests: readonly ManifestInput[];
  /** Pods that run as local processes. */
  readonly run: readonly RunEntry[];
  /** Pods whose processes the user starts and stops. */
  readonly attach: readonly AttachEntry[];
  /** What stands for the images of containers that no `run` entry is about. */
  readonly images: readonly ImageEntry[];
  /** Pods that nobody runs, and that an echo answers for. */
  readonly stub: readonly StubEntry[];
  /** The network that local pods run in. */
  readonly network?: NetworkMode;
  readonly gateway: GatewayEntry;
  /** Which cluster is followed, and which never are. */
  readonly cluster?: ClusterConfig;
  /** What DNS answers beside the Services, and for how long. */
  readonly dns?: DnsEntry;
  /** Where an API server runs, `ADDRESS:PORT`. */
  readonly apiServer?: string;
  /** The folder where objects are kept that are made through the API, absolute. */
  readonly state?: string;
  /** The nodes of the emulated cluster; empty means one with default values. */
  readonly nodes: readonly NodeEntry[];
  /** Between restarts of a local pod that fails; absent members are the kubelet's. */
  readonly backOff: BackOffEntry;
  /** Variables that local pods do not get. */
  readonly withoutEnvironment: readonly EnvironmentSource[];
}

export interface ClusterConfig {
  /** The context of the kubeconfig whose cluster is followed. */
  readonly context?: string;
  /** Those that are followed. Default: all that the user may list. */
  readonly namespaces?: readonly string[];
  /** Patterns of contexts that are never used from here; `*` stands for anything. */
  readonly refuse: readonly string[];
}

export interface GatewayEntry {
  /**
   * Whether the gateway itself answers at `localhost` and loopback addresses, with a page of Services. Without it
   * routes for any host do. Default: true.
   */
  readonly page?: boolean;
  /** The classes of Gateways and Ingresses that are served. Default: all (`*`). */
  readonly classes?: readonly string[];
}

/**
 * See {@link LocalConfig.network}: namespaces of their own, the machine's network, or the first that can be had.
 */
export const NETWORK_MODES = ["pods", "host", "auto"] as const;

export type NetworkMode = (typeof NETWORK_MODES)[number];

/** Names of pods by their addresses: none, those of any address, or those of pods' addresses. */
export const POD_RECORDS = ["disabled", "insecure", "verified"] as const;

export type PodRecords = (typeof POD_RECORDS)[number];

/** As the options of the DNS server that are called so. */
export interface DnsEntry {
  readonly pods?: PodRecords;
  /** In seconds. */
  readonly ttl?: number;
  readonly cache?: number;
  /** Further zones that are answered like the cluster's. */
  readonly zones?: readonly string[];
  readonly upstream?: readonly string[];
  /** Whether the hosts of routes are answered, by the addresses of their Gateways. */
  readonly routes?: boolean;
}

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
}

export interface RunEntry extends LocalProcess {
  readonly target: WorkloadTarget;
  /** Instead of the workload's own. */
  readonly replicas?: number;
  /** Which container of the pod the process stands for. Default: the first. */
  readonly container?: string;
  /** Whether a followed cluster's own pods of the workload go on serving here. Default: false, they are replaced. */
  readonly beside?: boolean;
  readonly position: SourcePosition;
}

export interface ImageEntry extends LocalProcess {
  /** Of image references, `*` stands for anything. */
  readonly pattern: string;
  readonly position: SourcePosition;
}

/** What runs a container as a process. */
export type ContainerEntry = RunEntry | ImageEntry;

export interface AttachEntry {
  readonly target: WorkloadTarget;
  /** Where the pods' processes listen, one address a pod. */
  readonly addresses: readonly AttachAddress[];
  /** See {@link RunEntry.beside}. */
  readonly beside?: boolean;
  readonly position: SourcePosition;
}

export interface AttachAddress {
  /** An IP address or `localhost`; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Container ports that are elsewhere on the host than all the others. */
  readonly further?: Readonly<Record<number, number>>;
}

export interface StubEntry {
  /** Absent: every pod. */
  readonly target?: WorkloadTarget;
  readonly position: SourcePosition;
}

/** In milliseconds. */
export interface BackOffEntry {
  /** The first wait; it doubles from there. */
  readonly base?: number;
  readonly cap?: number;
}

/** Where variables come from that can be turned off. */
export const ENVIRONMENT_SOURCES = [
  "inherit",
  "serviceLinks",
  "podInfo",
  "ports",
  "references",
  "proxy",
] as const;

export type EnvironmentSource = (typeof ENVIRONMENT_SOURCES)[number];

export interface NodeEntry {
  readonly name: string;
  /** Becomes the label topology.kubernetes.io/zone. */
  readonly zone?: string;
  readonly labels: StringMap;
  readonly position: SourcePosition;
}
