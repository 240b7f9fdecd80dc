import type { Socket } from "node:net";

/**
 * Gives a socket a handle without making it forget that its program has ended it already, as
 * `net.connect(…).end(text)` does: Node begins the state of the stream anew with each handle.
 */
export function keepEnded(socket: Socket, giveHandle: () => void): void {
  Reflect.set(socket, "_undestroy", () => {});
  giveHandle();
  Reflect.deleteProperty(socket, "_undestroy");
}
