import type { Channel, Receiver } from "./transport/connection.ts";
import { onceIdle } from "./transport/once-idle.ts";

/**
 * Joins two channels: bytes both ways with back-pressure, each side's end passed on by itself (half-close
 * is kept), a reset passed on as a reset.
 * @param done called once, when both are closed.
 * @param idleTime milliseconds without a byte either way after which both are cut off; 0 for no limit.
 */
export function splice(a: Channel, b: Channel, done: () => void, idleTime = 0): void {
  let open = 2;
  // Whatever moves on the other side moves here too, sooner or later.
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
    // Nobody takes what the other still says: it goes when what it was sent is out.
    else if (this.#self.hasEnded) this.#other.finish();
    else this.#other.close();
    this.#closed();
  }
}
