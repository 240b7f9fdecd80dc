import type { Socket } from "node:net";
import type { Connection } from "./connection.ts";
import { owned } from "./read-memory.ts";

/** The sending half of a connection whose socket is read as a Node stream. */
export class SocketOutput implements Pick<Connection, "write" | "writeText" | "writeBoth"> {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(bytes: Buffer, start = 0, end = bytes.length): boolean {
    const whole = start === 0 && end === bytes.length;
    return this.#socket.write(owned(whole ? bytes : bytes.subarray(start, end)));
  }

  writeText(text: string): boolean {
    return this.#socket.write(text, "latin1");
  }

  writeBoth(text: string, bytes: Buffer, start = 0, end = bytes.length): boolean {
    const socket = this.#socket;
    socket.cork();
    socket.write(text, "latin1");
    const open = this.write(bytes, start, end);
    socket.uncork();
    return open;
  }
}
