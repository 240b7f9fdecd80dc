/** One socket of a Service or a pod, bound or not. */
export interface Relay {
  /**
   * Starts or stops listening. While it doesn't listen, clients are refused, as a cluster refuses them for a Service
   * without endpoints (P.3). Established connections go on.
   */
  setOpen(open: boolean): void;
  /**
   * While it is not to listen: finds out whether it could. If not, another program that listens on all addresses
   * would answer in its place. Clients that connect during this moment are refused.
   */
  tryOut?(): void;
  /** The address could not be had when it was tried last. */
  readonly isLost?: boolean;
  readonly isListening: boolean;
  /** No client is connected. */
  readonly isIdle: boolean;
  /** The endpoints changed. */
  refresh?(): void;
  /** Resolves when the last start or stop succeeded or failed. */
  settled(): Promise<void>;
  /** Stops listening and cuts connections that are still there after the grace, in milliseconds. */
  close(grace: number): Promise<void>;
}
