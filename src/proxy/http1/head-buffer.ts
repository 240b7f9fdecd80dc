/** Collects bytes until a head is complete; the total time is linear however small the pieces are. */
export class HeadBuffer {
  #bytes: Buffer = EMPTY;
  /** The content begins at this index… */
  #start = 0;
  /** …and ends before this one; bytes beyond it are unused. */
  #end = 0;
  /** Up to here there is no end of a head. */
  #searched = 0;
  /** Up to here every LF was seen to follow a CR. */
  #checked = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(chunk: Buffer): void {
    const { length } = this;
    if (length === 0) {
      this.#hold(chunk, chunk.length);
      return;
    }
    // Only an array that was allocated here has room beyond its end; the caller's is never written to.
    if (this.#end + chunk.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe((length + chunk.length) * 2);
      this.#bytes.copy(larger, 0, this.#start, this.#end);
      const { searched, checked } = { searched: this.#searched, checked: this.#checked };
      const moved = this.#start;
      this.#hold(larger, length);
      this.#searched = Math.max(0, searched - moved);
      this.#checked = Math.max(0, checked - moved);
    }
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /** Takes the first head out, CRLF CRLF included. @returns undefined while it is not complete. */
  takeHead(): string | undefined {
    const from = Math.max(this.#start, this.#searched - 3);
    const found = this.#written().indexOf("\r\n\r\n", from, "latin1");
    if (found < 0) {
      this.#searched = this.#end;
      return undefined;
    }
    const text = this.#bytes.toString("latin1", this.#start, found + 4);
    this.#drop(found + 4);
    return text;
  }

  /** Takes everything that is left out. */
  takeRest(): Buffer {
    const rest = this.#bytes.subarray(this.#start, this.#end);
    this.clear();
    return rest;
  }

  /** Drops an empty line in front of a head, which some old clients send after a body (RFC 9112 section 2.2). */
  skipEmptyLine(): void {
    const start = this.#start;
    if (this.length >= 2 && this.#bytes[start] === 13 && this.#bytes[start + 1] === 10) {
      this.#drop(start + 2);
    }
  }

  /** Whether a line ends in LF alone: then no valid head will follow. */
  hasBareLineFeed(): boolean {
    const written = this.#written();
    let at = written.indexOf(10, Math.max(this.#start, this.#checked));
    while (at >= 0) {
      if (at === this.#start || written[at - 1] !== 13) return true;
      at = written.indexOf(10, at + 1);
    }
    this.#checked = this.#end;
    return false;
  }

  clear(): void {
    this.#hold(EMPTY, 0);
  }

  #hold(bytes: Buffer, length: number): void {
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = length;
    this.#searched = 0;
    this.#checked = 0;
  }

  #drop(upTo: number): void {
    this.#start = upTo;
    this.#searched = upTo;
    this.#checked = upTo;
  }

  #written(): Buffer {
    return this.#end === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#end);
  }
}

/** Most heads are shorter. */
const QUICK = 2 * 1024;

/** The head at the beginning of these bytes, if it is complete and no longer than most are. */
export function headAtStart(bytes: Buffer): string | undefined {
  const text = bytes.toString("latin1", 0, QUICK);
  const end = text.indexOf("\r\n\r\n") + 4;
  if (end < 4) return undefined;
  return end === text.length ? text : text.slice(0, end);
}

const EMPTY = Buffer.alloc(0);
