import { type Connection, NOBODY } from "./connection.ts";

/** How long a peer may keep sending, which is discarded, so that it can read the answer first. */
export const LINGER_MS = 1_000;

/**
 * Ends our side and reads on for a moment: closing at once could reset the connection before the peer has read what
 * was written.
 */
export function linger(connection: Connection): void {
  const timer = setTimeout(() => connection.close(), LINGER_MS);
  connection.receiver = { ...NOBODY, closed: () => clearTimeout(timer) };
  connection.end();
  connection.resume();
}
