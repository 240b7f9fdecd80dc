/** Where a pod is on this machine. */
export interface LocalAddress {
  readonly host: string;
  readonly port: number;
  /**
   * Set when host and port are in the pod's own network. Only the process that runs the pod can connect there; other
   * processes ask it for each connection, at this port of this machine (`PodDoors`). Absent: any process of
   * this machine can connect to host and port.
   */
  readonly door?: number;
}
