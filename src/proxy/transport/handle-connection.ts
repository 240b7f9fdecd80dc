import { Socket } from "node:net";
import { peerAddress } from "../../net/peer-address.ts";
import { type Connection, NOBODY, type OnClosed, type Place, type Receiver } from "./connection.ts";
import type { Handles, ShutdownRequest, TcpHandle, WriteRequest } from "./handles.ts";
import { kept, lend, ReadMemory } from "./read-memory.ts";
import { NOWHERE } from "./roster.ts";
import { systemError } from "./system-error.ts";

/**
 * Writes of up to so many bytes are converted to text, which is cheaper than holding the buffer for a write that may
 * have to wait.
 */
const SHORT = 8 * 1024;

const UV_EOF = -4095;

/** A connection on the handle below Node's sockets: a write costs little more than its system call. */
export class HandleConnection implements Connection {
  receiver: Receiver = NOBODY;
  slot = NOWHERE;
  readonly since = Date.now();
  isPaused = true;
  hasEnded = false;
  readonly #handle: TcpHandle;
  readonly #handles: Handles;
  readonly #onClosed: OnClosed | undefined;
  readonly #memory = new ReadMemory();
  /** `ending`: our end is being sent; `ended`: it was sent. */
  #state: "open" | "ending" | "ended" | "closed" = "open";
  #closesWhenSent = false;
  /** Writes that the system has accepted only in part. */
  #waiting = 0;
  #error: Error | undefined;
  #socket: Socket | undefined;
  /** Final counts, kept once the handle is closed. */
  #read = 0;
  #written = 0;

  /** @param onClosed called before the receiver. */
  constructor(handle: TcpHandle, handles: Handles, onClosed?: OnClosed) {
    this.#handle = handle;
    this.#handles = handles;
    this.#onClosed = onClosed;
    handle.onread = () => this.#came();
    handle.useUserBuffer(this.#memory.buffer);
  }

  get remote(): Place | undefined {
    return this.#place("getpeername");
  }

  get local(): Place | undefined {
    return this.#place("getsockname");
  }

  get bytesRead(): number {
    return this.#state === "closed" ? this.#read : this.#handle.bytesRead;
  }

  get bytesWritten(): number {
    return this.#state === "closed" ? this.#written : this.#handle.bytesWritten;
  }

  get pending(): number {
    return this.#waiting === 0 || this.#state === "closed" ? 0 : this.#handle.writeQueueSize;
  }

  get isFull(): boolean {
    return this.#waiting > 0 && this.#state !== "closed";
  }

  get isWritable(): boolean {
    return this.#state === "open";
  }

  write(bytes: Buffer, start = 0, end = bytes.length): boolean {
    if (end - start <= SHORT) return this.writeText(bytes.toString("latin1", start, end));
    if (this.#state !== "open") return false;
    const whole = start === 0 && end === bytes.length;
    const part = kept(whole ? bytes : bytes.subarray(start, end));
    const request = this.#request();
    return this.#wrote(this.#handle.writeBuffer(request, part), request, part);
  }

  writeText(text: string): boolean {
    if (this.#state !== "open") return false;
    if (text.length === 0) return this.#waiting === 0;
    const request = this.#request();
    return this.#wrote(this.#handle.writeLatin1String(request, text), request, undefined);
  }

  writeBoth(text: string, bytes: Buffer, start = 0, end = bytes.length): boolean {
    if (end - start <= SHORT) return this.writeText(text + bytes.toString("latin1", start, end));
    if (this.#state !== "open") return false;
    const part = kept(bytes.subarray(start, end));
    const request = this.#request();
    const error = this.#handle.writev(request, [text, "latin1", part, "buffer"], false);
    return this.#wrote(error, request, part);
  }

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    if (!this.hasEnded) this.#shutDown();
    // The other side has ended: closing now ends ours as a shutdown would.
    else if (this.#waiting === 0) this.close();
    else this.#closesWhenSent = true;
  }

  finish(): void {
    // With nothing pending, closing ends our side as a shutdown would.
    const isSent = this.#state === "open" && this.#waiting === 0;
    if (!isSent) this.end();
    if (isSent || this.#state === "ended") this.close();
    else this.#closesWhenSent = true;
  }

  close(): void {
    this.#socket?.destroy();
    if (this.#state === "closed") return;
    this.#leave();
    this.#handle.close();
    process.nextTick(tellClosed, this);
  }

  reset(): void {
    if (this.#state === "closed") return;
    const ending = this.#state === "ending";
    this.#leave();
    // While our end is being sent the system doesn't allow a reset.
    if (ending || this.#handle.reset() !== 0) this.#handle.close();
    process.nextTick(tellClosed, this);
  }

  pause(): void {
    if (this.isPaused || this.#state === "closed") return;
    this.isPaused = true;
    if (!this.hasEnded) this.#handle.readStop();
  }

  resume(): void {
    if (!this.isPaused || this.#state === "closed") return;
    this.isPaused = false;
    if (this.hasEnded) return;
    const error = this.#handle.readStart();
    if (error !== 0) this.#fail(error, "read");
  }

  toSocket(first: Buffer): Socket {
    this.pause();
    this.#leave();
    // Reading starts only after Node's own callback is replaced, since its streams read into another buffer.
    const options = { handle: this.#handle, allowHalfOpen: true, pauseOnCreate: true };
    const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("close", () => this.#onClosed?.(this, this.#error));
    if (first.length > 0) socket.unshift(first);
    this.#socket = socket;
    return socket;
  }

  #came(): Buffer | undefined {
    const length = this.#handles.state[this.#handles.read] as number;
    if (length > 0) return this.#memory.pass(length, this.receiver);
    if (length === 0) return undefined;
    if (length !== UV_EOF) {
      this.#fail(length, "read");
      return undefined;
    }
    this.hasEnded = true;
    this.receiver.ended();
    // Closing ends our side, so a shutdown that is pending is not needed.
    if (this.#state === "ended" || (this.#state === "ending" && this.#waiting === 0)) this.close();
    return undefined;
  }

  /** A request object whose write completed at once can be reused. */
  #request(): WriteRequest {
    if (unused !== undefined) return unused;
    const request = new this.#handles.WriteRequest();
    request.oncomplete = onSent;
    unused = request;
    return request;
  }

  #wrote(error: number, request: WriteRequest, keeps: Buffer | undefined): boolean {
    if (error !== 0) {
      this.#fail(error, "write");
      return false;
    }
    if (this.#handles.state[this.#handles.wasAsync] === 0) return this.#waiting === 0;
    unused = undefined;
    request.of = this;
    if (keeps !== undefined) {
      request.keeps = keeps;
      lend(keeps);
    }
    this.#waiting++;
    return false;
  }

  /** A pending write was sent, or has failed. */
  sent(status: number): void {
    this.#waiting--;
    if (this.#state === "closed") return;
    if (status < 0) this.#fail(status, "write");
    else if (this.#waiting > 0) return;
    else if (this.#state === "ending" && this.hasEnded) this.close();
    else this.receiver.drained();
  }

  #shutDown(): void {
    const request: ShutdownRequest = new this.#handles.ShutdownRequest();
    request.oncomplete = (status) => {
      if (this.#state !== "ending") return;
      this.#state = "ended";
      if (status < 0) this.#fail(status, "shutdown");
      else if (this.hasEnded || this.#closesWhenSent) this.close();
    };
    const error = this.#handle.shutdown(request);
    if (error < 0) this.#fail(error, "shutdown");
  }

  #fail(status: number, call: string): void {
    if (this.#state === "closed") return;
    this.#error = systemError(status, call);
    this.close();
  }

  #leave(): void {
    this.#read = this.#handle.bytesRead;
    this.#written = this.#handle.bytesWritten;
    this.#state = "closed";
    this.#memory.release();
  }

  /** The handle is closed; reported in a later turn, as no receiver is called within a call. */
  tellClosed(): void {
    this.#onClosed?.(this, this.#error);
    this.receiver.closed(this.#error);
  }

  #place(call: "getpeername" | "getsockname"): Place | undefined {
    if (this.#state === "closed") return undefined;
    if (this.#handle[call](found) !== 0) return undefined;
    return { address: peerAddress(found.address), port: found.port };
  }
}

let unused: WriteRequest | undefined;

/** Filled in by the system. One object for all: adding the keys to a new one costs more than the call. */
const found = { address: "", family: "", port: 0, flowlabel: 0 };

function tellClosed(connection: HandleConnection): void {
  connection.tellClosed();
}

function onSent(this: WriteRequest, status: number): void {
  (this.of as HandleConnection).sent(status);
}
