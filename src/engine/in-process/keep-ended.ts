import type { Socket } from "node:net";

/**
 * Gives a socket a handle without losing the state that its program has ended it already, as
 * `net.connect(…).end(text)` does: Node resets the stream's state with each new handle.
 */
export function keepEnded(socket: Socket, giveHandle: () => void): void {
  Reflect.set(socket, "_undestroy", () => {});
  giveHandle();
  Reflect.deleteProperty(socket, "_undestroy");
}
