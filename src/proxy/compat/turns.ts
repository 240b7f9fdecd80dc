import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Progress } from "../progress.ts";

/** Requests of one client that wait for their turn before it isn't read any more. */
const MAX_WAITING = 16;

interface Line {
  readonly progress: Progress;
  readonly waiting: (() => void)[];
  current: IncomingMessage;
  pausing: boolean;
}

/**
 * One request of a connection after the other: node dispatches all that a client has sent ahead at once, each
 * to a connection of its own to a pod.
 */
export class Turns {
  readonly #lines = new Map<Socket, Line>();

  /** Begins the request when those before it on its connection are answered; never, if the connection ends first. */
  take(req: IncomingMessage, res: ServerResponse, begin: () => void): void {
    const { socket } = req;
    const start = () => {
      res.once("close", () => this.#next(socket));
      begin();
    };
    const line = this.#lines.get(socket);
    if (line === undefined) {
      this.#lines.set(socket, {
        progress: new Progress(socket),
        waiting: [],
        current: req,
        pausing: false,
      });
      start();
      return;
    }
    line.waiting.push(() => {
      line.current = req;
      start();
    });
    if (line.waiting.length >= MAX_WAITING) pauseAfterParsing(socket, line);
  }

  #next(socket: Socket): void {
    const line = this.#lines.get(socket);
    const over = socket.destroyed || socket.writableEnded;
    const begin = over ? undefined : line?.waiting.shift();
    if (begin === undefined) {
      this.#lines.delete(socket);
      if (!over && socket.isPaused()) socket.resume();
      return;
    }
    if (line !== undefined && line.waiting.length < MAX_WAITING && socket.isPaused()) {
      socket.resume();
    }
    begin();
  }

  /** Closes connections on which a request's body, or what was sent ahead, has stood still for so long. */
  sweep(now: number, stallTime: number): void {
    if (stallTime === 0) return;
    for (const [socket, { progress, waiting, current }] of this.#lines) {
      const mayStall = !current.complete || waiting.length > 0;
      if (progress.standsStill(mayStall, now, stallTime)) socket.destroy();
    }
  }
}

/** Node resumes the socket after every request it has parsed, and reads again a tick later: only then a pause lasts. */
function pauseAfterParsing(socket: Socket, line: Line): void {
  if (line.pausing) return;
  line.pausing = true;
  process.nextTick(() =>
    process.nextTick(() => {
      line.pausing = false;
      if (line.waiting.length >= MAX_WAITING) socket.pause();
    }),
  );
}
