/** What one probe of a container found last. */
export interface LastProbe {
  readonly container: string;
  /** `connect`: there is no readiness probe, so a TCP connection says whether it is ready. */
  readonly kind: "startup" | "readiness" | "liveness" | "connect";
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ok: boolean;
  /** Why it failed. */
  readonly message?: string;
}
