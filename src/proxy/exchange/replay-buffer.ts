import { owned } from "../transport/read-memory.ts";

/** How much of a request's body is kept to send it again (P.10). */
const REPLAY_BYTES = 64 * 1024;

/** The beginning of a request's body, as long as that is all of what was read of it. */
export class ReplayBuffer {
  #parts: Buffer[] = [];
  #length = 0;

  get parts(): readonly Buffer[] {
    return this.#parts;
  }

  /** Whether everything that was read is here. */
  get isWhole(): boolean {
    return this.#length <= REPLAY_BYTES;
  }

  push(part: Buffer): void {
    this.#length += part.length;
    if (this.isWhole) this.#parts.push(owned(part));
    else this.#parts = [];
  }
}
