import type { AttachAddress } from "../../manifests/local-config.ts";

export const RUN_PATH = "/v1/run";

/** The request of `kubelane run` to a running `up`. Its pods exist as long as the request is open. */
export interface RunRequest {
  /** Undefined: `default`, or else the only namespace with the workload. */
  readonly namespace: string | undefined;
  /** An existing workload or Pod, or a bare Pod to be made. */
  readonly target:
    | { readonly kind: string; readonly name: string }
    | { readonly labels: Readonly<Record<string, string>>; readonly port: number };
  readonly replicas: number;
  /** Whether a followed cluster's own pods of the workload keep serving here. */
  readonly beside?: boolean;
  /**
   * Addresses of processes that are running already, one for each pod. Default: ports are assigned for new processes.
   */
  readonly addresses?: readonly AttachAddress[];
  /** Whether each TCP port of a container gets a port of its own, instead of one for all. */
  readonly everyPort?: boolean;
}

/** A pod whose place a process of the client takes. */
export interface RunPod {
  readonly name: string;
  /** The port on 127.0.0.1 where the process has to listen. */
  readonly port: number;
  /** The local ports of further container ports, by number. */
  readonly further?: Readonly<Record<number, number>>;
  readonly env: Readonly<Record<string, string>>;
}

export interface RunReply {
  /** The network that they run in. */
  readonly namespace: string;
  readonly pods: readonly RunPod[];
}
