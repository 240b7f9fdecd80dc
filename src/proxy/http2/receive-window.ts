/** A receive window: how much the peer may send before the next WINDOW_UPDATE (RFC 9113 section 5.2). */
export class ReceiveWindow {
  readonly #size: number;
  #room: number;
  #released = 0;

  constructor(size: number) {
    this.#size = size;
    this.#room = size;
  }

  /** @returns false when the peer sent more than the window allows. */
  take(length: number): boolean {
    if (length > this.#room) return false;
    this.#room -= length;
    return true;
  }

  /**
   * So much was processed.
   * @returns the increment to announce to the peer; 0 while it is too small to be worth a frame.
   */
  release(length: number): number {
    this.#released += length;
    if (this.#released < this.#size / 2) return 0;
    const more = this.#released;
    this.#room += more;
    this.#released = 0;
    return more;
  }
}
