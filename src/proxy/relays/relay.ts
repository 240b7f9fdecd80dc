/** One bound (or not bound) socket of a Service. */
export interface Relay {
  /**
   * Makes it listen or stop listening; who connects while it doesn't is refused, as a cluster refuses a
   * Service without endpoints (P.3). Established connections go on.
   */
  setOpen(open: boolean): void;
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
