/** The last result of one probe of a container. */
export interface LastProbe {
  readonly container: string;
  /** `connect`: without a readiness probe, a TCP connect decides about readiness. */
  readonly kind: "startup" | "readiness" | "liveness" | "connect";
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ok: boolean;
  /** Why it failed. */
  readonly message?: string;
}
