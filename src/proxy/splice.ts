import type { Channel, Receiver } from "./transport/connection.ts";
import { onceIdle } from "./transport/once-idle.ts";

/**
 * Joins two channels: bytes are passed both ways with back-pressure, the end of each side separately (half-close is
 * kept), and a reset as a reset.
 * @param done called once, when both are closed.
 * @param idleTime milliseconds without a byte either way after which both are closed; 0 for no limit.
 */
export function splice(a: Channel, b: Channel, done: () => void, idleTime = 0): void {
  let open = 2;
  // Watching one side is enough: bytes of the other one arrive here as well.
  const forget = onceIdle(a, idleTime, () => {
    a.close();
    b.close();
  });
  const closed = () => {
    if (--open > 0) return;
    forget();
    done();
  };
  a.receiver = new Side(a, b, closed);
  b.receiver = new Side(b, a, closed);
  if (a.hasEnded) b.end();
  if (b.hasEnded) a.end();
  a.resume();
  b.resume();
}

/** One of two joined channels. */
class Side implements Receiver {
  readonly #self: Channel;
  readonly #other: Channel;
  readonly #closed: () => void;

  constructor(self: Channel, other: Channel, closed: () => void) {
    this.#self = self;
    this.#other = other;
    this.#closed = closed;
  }

  received(bytes: Buffer, length: number): void {
    if (!this.#other.write(bytes, 0, length)) this.#self.pause();
  }

  drained(): void {
    this.#other.resume();
  }

  ended(): void {
    this.#other.end();
  }

  closed(error: Error | undefined): void {
    if (error !== undefined) this.#other.reset();
    // The other side is gone, so what this one still sends has no receiver: it is closed once what it was sent is
    // out.
    else if (this.#self.hasEnded) this.#other.finish();
    else this.#other.close();
    this.#closed();
  }
}
