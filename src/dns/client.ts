/** The client that asks. Every part may be left out: an unknown client over UDP. */
export interface Client {
  readonly address?: string;
  readonly port?: number;
  /** Absent means udp. */
  readonly transport?: "udp" | "tcp";
}
