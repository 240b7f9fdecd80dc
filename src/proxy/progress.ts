import type { Socket } from "node:net";

/** Whether a connection on which one side waits for the other still moves; looked at now and then, so it costs the requests nothing. */
export class Progress {
  readonly #socket: Socket;
  #moved = -1;
  #movedAt = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * @param waiting whether one side waits for the other at all.
   * @returns whether for so long no byte came from the client, nor was one taken by it.
   */
  standsStill(waiting: boolean, now: number, time: number): boolean {
    if (waiting) {
      const { bytesRead, bytesWritten, writableLength } = this.#socket;
      const moved = bytesRead + bytesWritten - writableLength;
      if (moved === this.#moved) return now - this.#movedAt >= time;
      this.#moved = moved;
    }
    this.#movedAt = now;
    return false;
  }
}
