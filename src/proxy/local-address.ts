export interface LocalAddress {
  readonly host: string;
  readonly port: number;
  /**
   * The pod has a network of its own, in which host and port are: others than the process that runs it have to ask it
   * for a way each time, which leads to this port of this machine ({@link PodDoors}). Absent: anybody here connects.
   */
  readonly door?: number;
}
