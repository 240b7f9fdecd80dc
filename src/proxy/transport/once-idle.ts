import type { Channel } from "./connection.ts";

/** How many times within the idle time a connection is checked; so it may be noticed later by one such part. */
const LOOKS = 8;

/**
 * Calls back once when no byte was received or sent for a time.
 * @param time in milliseconds; 0 for never.
 * @returns a function that stops watching.
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
