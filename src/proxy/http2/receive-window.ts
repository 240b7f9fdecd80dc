/** How much the other side may send before the next WINDOW_UPDATE (RFC 9113 section 5.2). */
export class ReceiveWindow {
  readonly #size: number;
  #room: number;
  #released = 0;

  constructor(size: number) {
    this.#size = size;
    this.#room = size;
  }

  /** @returns false when more came than there is room for. */
  take(length: number): boolean {
    if (length > this.#room) return false;
    this.#room -= length;
    return true;
  }

  /**
   * So much was taken and isn't held any more.
   * @returns how much room the other side is to be told of; 0 for none yet.
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
