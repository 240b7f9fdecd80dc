import type { Socket } from "node:net";
import type { Enlisted } from "./roster.ts";

/**
 * Bytes both ways, with back-pressure, half-close and errors, whatever carries them: a connection, or one stream of
 * it. It begins paused and is always half-open: the end of the other side leaves this side open. When both sides have
 * ended and everything is sent, it closes by itself. Calls on a closed channel do nothing.
 */
export interface Channel {
  /** The receiver of events. It may be replaced to hand the channel over; no event is lost in between. */
  receiver: Receiver;
  readonly bytesRead: number;
  /** Bytes that were written, sent or not. */
  readonly bytesWritten: number;
  /** Bytes that were written and not sent yet. */
  readonly pending: number;
  /** The other side has ended, and everything that it sent was received. */
  readonly hasEnded: boolean;

  /**
   * Sends bytes. The buffer belongs to the channel from now on and must not be changed, unless it is the one that
   * {@link Receiver.received} was called with in this moment: of that, the channel copies what it needs.
   * @returns false when some bytes have to wait; {@link Receiver.drained} follows when all are sent.
   */
  write(bytes: Buffer, start?: number, end?: number): boolean;
  /** Ends this side, after what was written. */
  end(): void;
  /** {@link end}, and {@link close} as soon as that is sent, whatever the other side still sends. */
  finish(): void;
  /** Closes at once. Pending writes are lost. */
  close(): void;
  /** Closes at once with an error for the other side: a reset. */
  reset(): void;
  /** No bytes are received until {@link resume}; the end of the other side may be reported nevertheless. */
  pause(): void;
  resume(): void;
}

/** The two addresses of a connection. */
export interface Ends {
  /** The address of the other side; undefined when it isn't known any more. */
  readonly remote: Place | undefined;
  /** Our own address. */
  readonly local: Place | undefined;
}

/** One TCP connection, without Node's streams where possible. */
export interface Connection extends Channel, Ends, Enlisted {
  /** When it was established, by `Date.now()`. */
  readonly since: number;
  /** A write is waiting, and {@link Receiver.drained} was not called yet. */
  readonly isFull: boolean;
  readonly isPaused: boolean;
  /** More may be written: it is open and {@link end} was not called. */
  readonly isWritable: boolean;

  /** {@link write} of text in which each character is one byte. */
  writeText(text: string): boolean;
  /** {@link writeText} and {@link write} in one system call. */
  writeBoth(text: string, bytes: Buffer, start?: number, end?: number): boolean;
  /**
   * Turns it into a Node stream that begins with these bytes, for code that needs one. Afterwards only {@link close}
   * may be called, and the receiver is not called again.
   */
  toSocket(first: Buffer): Socket;
}

/** The events of a channel. Never called from within a call of the channel. */
export interface Receiver {
  /**
   * Bytes of the other side: the first `length` bytes of the buffer, which is reused after the call. A receiver that
   * keeps some has to copy them.
   */
  received(bytes: Buffer, length: number): void;
  /** The other side has ended. */
  ended(): void;
  /** Everything written was sent. */
  drained(): void;
  /** The channel is closed, with an error when it broke; the last call. */
  closed(error: Error | undefined): void;
}

export interface Place {
  readonly address: string;
  readonly port: number;
}

/** Keeps account of open connections; called before the receiver. */
export type OnClosed = (connection: Connection, error: Error | undefined) => void;

/** A receiver that ignores everything: before the first one is set, and after the last. */
export const NOBODY: Receiver = { received() {}, ended() {}, drained() {}, closed() {} };
