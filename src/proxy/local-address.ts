/** Where a pod is on this machine. */
export interface LocalAddress {
  readonly host: string;
  readonly port: number;
  /**
   * Set when host and port are in the pod's own network, where only the process that runs the pod can connect. Other
   * processes ask it to connect for them, at this port of this machine (`PodDoors`). Absent: any process of this
   * machine can connect to host and port.
   */
  readonly door?: number;
}
