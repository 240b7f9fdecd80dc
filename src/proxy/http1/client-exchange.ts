/** One request in the hands of whoever passes it on; what its client's connection tells it. */
export interface ClientExchange {
  start(): void;
  /** More of the client's bytes. @returns false when they are not for this exchange, or not yet. */
  write(chunk: Buffer): boolean;
  /** The client reads on. */
  clientDrained(): void;
  /** The client is gone. */
  abandon(): void;
  /** The endpoint takes too long to answer. */
  timedOut(): void;
}
