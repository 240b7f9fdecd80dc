import type { Socket } from "node:net";

/**
 * Closes a connection with a reset. While its end is being sent the system doesn't allow that, and Node would keep
 * the connection open for ever: then it is closed normally.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
