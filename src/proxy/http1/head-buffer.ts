/** Collects bytes until a head is complete, in linear time however small the pieces are. */
export class HeadBuffer {
  #bytes: Buffer = EMPTY;
  #length = 0;
  /** Up to here no end of a head was found. */
  #searched = 0;
  /** Up to here every LF follows a CR. */
  #checked = 0;

  get length(): number {
    return this.#length;
  }

  append(chunk: Buffer): void {
    if (this.#length === 0) {
      this.#bytes = chunk;
      this.#length = chunk.length;
      return;
    }
    const needed = this.#length + chunk.length;
    // Room beyond `length` there is only in an array made here: nobody else's is written to.
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = needed;
  }

  /**
   * The first head, CRLF CRLF included, taken out.
   * @returns undefined while it is not complete.
   */
  takeHead(): string | undefined {
    // The array may be longer than what was written to it; beyond `length` is whatever was there before.
    const found = this.#bytes.indexOf("\r\n\r\n", Math.max(0, this.#searched - 3), "latin1");
    if (found < 0 || found + 4 > this.#length) {
      this.#searched = this.#length;
      return undefined;
    }
    const text = this.#bytes.toString("latin1", 0, found + 4);
    this.#bytes = this.#bytes.subarray(found + 4, this.#length);
    this.#length -= found + 4;
    this.#searched = 0;
    this.#checked = 0;
    return text;
  }

  /** Everything that is left, taken out. */
  takeRest(): Buffer {
    const rest = this.#bytes.subarray(0, this.#length);
    this.clear();
    return rest;
  }

  /** Drops an empty line in front of a head, which some old clients send after a body (RFC 9112 section 2.2). */
  skipEmptyLine(): void {
    if (this.#length >= 2 && this.#bytes[0] === 13 && this.#bytes[1] === 10) {
      this.#bytes = this.#bytes.subarray(2, this.#length);
      this.#length -= 2;
      this.#searched = 0;
      this.#checked = 0;
    }
  }

  /** Whether a line ends in LF alone: no strict head will come of it. */
  hasBareLineFeed(): boolean {
    let at = this.#bytes.indexOf(10, this.#checked);
    while (at >= 0 && at < this.#length) {
      if (at === 0 || this.#bytes[at - 1] !== 13) return true;
      at = this.#bytes.indexOf(10, at + 1);
    }
    this.#checked = this.#length;
    return false;
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#length = 0;
    this.#searched = 0;
    this.#checked = 0;
  }
}

const EMPTY = Buffer.alloc(0);
