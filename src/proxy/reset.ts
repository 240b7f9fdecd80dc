import type { Socket } from "node:net";

/**
 * Cuts a connection off with a reset. While its end is on the way the system refuses that, and Node would keep
 * the connection open for ever: then it is closed as it is.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
