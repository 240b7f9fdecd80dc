/** One bound (or not bound) socket of a Service. */
export interface Relay {
  /**
   * Makes it listen or stop listening; who connects while it doesn't is refused, as a cluster refuses a
   * Service without endpoints (P.3). Established connections go on.
   */
  setOpen(open: boolean): void;
  /**
   * While it is not to listen: finds out whether it could, as another program that listens at all addresses would
   * be reached in its place. Clients that connect during this moment are refused.
   */
  tryOut?(): void;
  /** The address could not be had when it was tried last. */
  readonly isLost?: boolean;
  readonly isListening: boolean;
  /** Nobody is connected. */
  readonly isIdle: boolean;
  /** The endpoints changed. */
  refresh?(): void;
  /** Resolves when what was asked for last is done, or turned out to be impossible. */
  settled(): Promise<void>;
  /** Stops listening and cuts connections that are still there after the grace, in milliseconds. */
  close(grace: number): Promise<void>;
}
