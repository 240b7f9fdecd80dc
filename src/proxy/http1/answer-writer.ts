import type { Socket } from "node:net";

/** Bodies up to this size are copied into one write with their head: cheaper than a second write. */
const JOINED_BYTES = 4 * 1024;

/** Writes answers to a client, one after the other; a head is held back for the first bytes of its body. */
export class AnswerWriter {
  /** Of the current answer's body. */
  bytes = 0;
  readonly #socket: Socket;
  #head: string | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** A final head; {@link flush} or the body sends it. */
  begin(head: string): void {
    this.#head = head;
    this.bytes = 0;
  }

  /** Part of the body as it came, framing included. @returns false when the client reads too slowly. */
  write(buffer: Buffer, start: number, end: number): boolean {
    this.bytes += end - start;
    const head = this.#head;
    if (head === undefined) return this.#part(buffer, start, end);
    this.#head = undefined;
    const socket = this.#socket;
    if (end - start <= JOINED_BYTES) {
      return socket.write(head + buffer.toString("latin1", start, end), "latin1");
    }
    socket.cork();
    socket.write(head, "latin1");
    const open = this.#part(buffer, start, end);
    socket.uncork();
    return open;
  }

  /** The content of a body without its framing: start and end of each piece. */
  writePieces(buffer: Buffer, pieces: readonly number[]): boolean {
    this.flush();
    let open = true;
    for (let i = 0; i < pieces.length; i += 2) {
      const piece = buffer.subarray(pieces[i], pieces[i + 1]);
      this.bytes += piece.length;
      open = this.#socket.write(piece);
    }
    return open;
  }

  flush(): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#head = undefined;
    this.#socket.write(head, "latin1");
  }

  #part(buffer: Buffer, start: number, end: number): boolean {
    const whole = start === 0 && end === buffer.length;
    return this.#socket.write(whole ? buffer : buffer.subarray(start, end));
  }
}
