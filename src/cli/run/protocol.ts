import type { AttachAddress } from "../../manifests/local-config.ts";

export const RUN_PATH = "/v1/run";

/** What `kubelane run` asks of a running `up`. The pods last as long as the request does. */
export interface RunRequest {
  /** Undefined: `default`, or else the only one that has the workload. */
  readonly namespace: string | undefined;
  /** A workload or Pod that is there, or a bare Pod to be made. */
  readonly target:
    | { readonly kind: string; readonly name: string }
    | { readonly labels: Readonly<Record<string, string>>; readonly port: number };
  readonly replicas: number;
  /** Whether a followed cluster's own pods of the workload go on serving here. */
  readonly beside?: boolean;
  /** Where processes listen that are there already, one for each pod. Default: ports to be listened on. */
  readonly addresses?: readonly AttachAddress[];
  /** Whether every TCP port of a container has to be told from the others. */
  readonly everyPort?: boolean;
}

/** A pod that the asking process is to stand for. */
export interface RunPod {
  readonly name: string;
  /** Where it must listen on 127.0.0.1. */
  readonly port: number;
  /** Where its container ports are that are not the main one, by number. */
  readonly further?: Readonly<Record<number, number>>;
  readonly env: Readonly<Record<string, string>>;
}

export interface RunReply {
  /** Where they are. */
  readonly namespace: string;
  readonly pods: readonly RunPod[];
}
