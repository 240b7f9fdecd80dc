import type { Channel } from "./connection.ts";

/** Looks within the time: how much later than asked a connection may be found to be idle is a part of it. */
const LOOKS = 8;

/**
 * Tells once when no byte came or was taken for so long.
 * @param time in milliseconds; 0 for never.
 * @returns a function that ends the watch.
 */
export function onceIdle(channel: Channel, time: number, idle: () => void): () => void {
  if (time === 0) return () => {};
  let moved = -1;
  let movedAt = 0;
  const timer = setInterval(() => {
    const { bytesRead, bytesWritten, pending } = channel;
    const now = performance.now();
    if (bytesRead + bytesWritten - pending !== moved) {
      moved = bytesRead + bytesWritten - pending;
      movedAt = now;
    } else if (now - movedAt >= time) {
      clearInterval(timer);
      idle();
    }
  }, time / LOOKS);
  timer.unref();
  return () => clearInterval(timer);
}
