import type { KubernetesObject } from "../objects/object.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { Change } from "../store/operation.ts";
import type { Standpoint } from "../view/standpoint.ts";

/** The engine behind a control socket. */
export interface ControlInfo {
  readonly version: string;
  readonly pid: number;
  /** The absolute path of its folder: that of its kubelane.yaml, or the one in which it was started. */
  readonly folder: string;
  /** The manifests that it serves: absolute paths of files, folders and globs. */
  readonly manifests?: readonly string[];
  readonly clusterDomain: string;
  /** Its standpoint: other processes must look at its objects from the same one. */
  readonly standpoint?: Standpoint;
  /** Bound addresses, `host:port`. */
  readonly dns?: string;
  readonly gateway?: string;
  readonly api?: string;
}

/** The point of view of a running engine. */
export function standpointOf({ clusterDomain, standpoint }: ControlInfo): Partial<Standpoint> {
  return standpoint ?? { clusterDomain };
}

/** The address at which a port of a local process is reached on this machine. */
export interface LocalEndpoint {
  /** As the EndpointSlice has it, or the pod. */
  readonly address: string;
  /** {@link ANY_PORT} stands for all ports without an entry of their own. */
  readonly port: number;
  /** The pod that declares it; absent where an EndpointSlice does. */
  readonly pod?: string;
  readonly local: LocalAddress;
}

/** The key for all ports of a pod that may listen on any. */
export const ANY_PORT = 0;

/**
 * One line of the watch stream. The first contains everything; each later one the changes of a batch, with the local
 * endpoints of its EndpointSlices and pods, so that readiness and address change together.
 */
export type WatchLine =
  | {
      readonly type: "snapshot";
      readonly objects: readonly KubernetesObject[];
      readonly local: readonly LocalEndpoint[];
    }
  | {
      readonly type: "changes";
      readonly changes: readonly Pick<Change, "type" | "object">[];
      readonly local: readonly LocalEndpoint[];
    };

export const INFO_PATH = "/v1/info";
export const OBJECTS_PATH = "/v1/objects";
export const WATCH_PATH = "/v1/watch";
