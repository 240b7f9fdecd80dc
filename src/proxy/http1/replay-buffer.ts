/** How much of a request's body is kept to send it again (P.10). */
const REPLAY_BYTES = 64 * 1024;

/** The beginning of a request's body, as long as that is all of what was read of it. */
export class ReplayBuffer {
  #chunks: Buffer[] = [];
  #length = 0;

  get chunks(): readonly Buffer[] {
    return this.#chunks;
  }

  /** Whether everything that was read is here. */
  get isWhole(): boolean {
    return this.#length <= REPLAY_BYTES;
  }

  push(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.isWhole) this.#chunks.push(chunk);
    else this.#chunks = [];
  }
}
