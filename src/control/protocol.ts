import type { KubernetesObject } from "../objects/object.ts";

/** Who answers on a control socket. */
export interface ControlInfo {
  readonly version: string;
  readonly pid: number;
  /** The folder it stands for: that of its kubelane.yaml, or where it was started. Absolute. */
  readonly folder: string;
  readonly clusterDomain: string;
  /** Bound addresses, `host:port`. */
  readonly dns?: string;
  readonly gateway?: string;
}

/** What a running engine shows on its control socket. */
export interface ControlSubject {
  info(): ControlInfo;
  /** All objects, status included. */
  objects(): readonly KubernetesObject[];
}

export const INFO_PATH = "/v1/info";
export const OBJECTS_PATH = "/v1/objects";
