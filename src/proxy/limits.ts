/** Limits for what a client or a pod may take up. Times in milliseconds; 0 means no limit. */
export interface Limits {
  /** A request's or answer's head, in bytes. */
  readonly headBytes: number;
  /** Header lines of one head. */
  readonly headerLines: number;
  /** Clients at once on one gateway. */
  readonly connections: number;
  /** From a request's first byte to the end of its head: what stops slow-loris clients. */
  readonly headTime: number;
  /** How long a connection may be idle between two requests. */
  readonly idleTime: number;
  /** From the end of a request to the head of its answer. */
  readonly responseTime: number;
  /** Without a byte in either direction while an answer, an upgraded connection or a tunnel is open. */
  readonly streamIdleTime: number;
  /**
   * Without a byte moving while one side waits for the other to send or take it: a request's body, pipelined
   * requests, the end of an answer that closes its connection. Answers in progress, upgraded connections and tunnels
   * may be silent for longer.
   */
  readonly stallTime: number;
}

export const DEFAULT_LIMITS: Limits = {
  headBytes: 64 * 1024,
  headerLines: 200,
  connections: 10_000,
  headTime: 10_000,
  idleTime: 65_000,
  responseTime: 0,
  streamIdleTime: 0,
  stallTime: 300_000,
};
