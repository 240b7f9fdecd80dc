import type { Socket } from "node:net";
import { peerAddress } from "../../net/peer-address.ts";
import { reset } from "../reset.ts";
import { type Connection, NOBODY, type OnClosed, type Place, type Receiver } from "./connection.ts";
import { NOWHERE } from "./roster.ts";
import { SocketOutput } from "./socket-output.ts";

/** A connection on a Node stream: for TLS, and where there are no handles. */
export class SocketConnection implements Connection {
  receiver: Receiver = NOBODY;
  slot = NOWHERE;
  readonly since = Date.now();
  isPaused = true;
  hasEnded: boolean;
  readonly #socket: Socket;
  readonly #output: SocketOutput;
  #flows = false;
  #error: Error | undefined;

  /** @param socket connected, not read by anything else; it stays half-open when the other side ends. */
  constructor(socket: Socket, onClosed?: OnClosed) {
    this.#socket = socket;
    this.#output = new SocketOutput(socket);
    this.hasEnded = socket.readableEnded;
    socket.allowHalfOpen = true;
    socket.pause();
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("end", () => {
      this.hasEnded = true;
      this.receiver.ended();
    });
    socket.on("drain", () => this.receiver.drained());
    socket.on("close", () => {
      onClosed?.(this, this.#error);
      this.receiver.closed(this.#error);
    });
  }

  get remote(): Place | undefined {
    const { remoteAddress: address, remotePort: port = 0 } = this.#socket;
    return address === undefined ? undefined : { address: peerAddress(address), port };
  }

  get local(): Place | undefined {
    const { localAddress: address, localPort: port = 0 } = this.#socket;
    return address === undefined ? undefined : { address: peerAddress(address), port };
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten;
  }

  get pending(): number {
    return this.#socket.writableLength;
  }

  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  get isWritable(): boolean {
    return this.#socket.writable;
  }

  write(bytes: Buffer, start = 0, end = bytes.length): boolean {
    return this.isWritable && this.#output.write(bytes, start, end);
  }

  writeText(text: string): boolean {
    return this.isWritable && this.#output.writeText(text);
  }

  writeBoth(text: string, bytes: Buffer, start = 0, end = bytes.length): boolean {
    return this.isWritable && this.#output.writeBoth(text, bytes, start, end);
  }

  end(): void {
    const socket = this.#socket;
    // The other side has ended and everything is sent: closing now ends ours as a shutdown would.
    if (this.hasEnded && socket.writableLength === 0) socket.destroy();
    else socket.end();
  }

  finish(): void {
    const socket = this.#socket;
    if (socket.writableFinished) socket.destroy();
    else socket.end().once("finish", () => socket.destroy());
  }

  close(): void {
    this.#socket.destroy();
  }

  reset(): void {
    reset(this.#socket);
  }

  pause(): void {
    this.isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.isPaused = false;
    if (!this.#flows) {
      this.#flows = true;
      this.#socket.on("data", this.#pass);
    }
    this.#socket.resume();
  }

  toSocket(first: Buffer): Socket {
    const socket = this.#socket;
    socket.removeListener("data", this.#pass);
    socket.pause();
    this.receiver = NOBODY;
    if (first.length > 0) socket.unshift(first);
    return socket;
  }

  readonly #pass = (bytes: Buffer): void => this.receiver.received(bytes, bytes.length);
}
