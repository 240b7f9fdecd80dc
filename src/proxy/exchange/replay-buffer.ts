import { owned } from "../transport/read-memory.ts";

/** How much of a request's body is kept to send it again (P.10). */
const REPLAY_BYTES = 64 * 1024;

/** The request's body as far as it was read, until that is more than is kept. */
export class ReplayBuffer {
  #parts: Buffer[] = [];
  #length = 0;

  get parts(): readonly Buffer[] {
    return this.#parts;
  }

  /** Whether everything that was read is kept. */
  get isWhole(): boolean {
    return this.#length <= REPLAY_BYTES;
  }

  push(part: Buffer): void {
    this.#length += part.length;
    if (this.isWhole) this.#parts.push(owned(part));
    else this.#parts = [];
  }
}
