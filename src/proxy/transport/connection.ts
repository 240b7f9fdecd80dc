import type { Socket } from "node:net";
import type { Enlisted } from "./roster.ts";

/**
 * Bytes both ways, with back-pressure, half-close and errors, whatever carries them: a connection, or a stream that
 * shares one with others.
 *
 * It begins paused, and always half-open: the other side's end leaves ours as it is. When both sides have ended
 * and everything is sent, it closes by itself. Calls on a channel that is closed do nothing.
 */
export interface Channel {
  /** The receiver. Setting it hands the channel over; no event is lost in between. */
  receiver: Receiver;
  readonly bytesRead: number;
  /** What was given to be sent, whether it is on its way or not. */
  readonly bytesWritten: number;
  /** What has not been taken yet of what was written. */
  readonly pending: number;
  /** The other side has ended, and all that it sent was received. */
  readonly hasEnded: boolean;

  /**
   * Sends bytes. They are the channel's from now on and are not changed by anybody, except for bytes that
   * {@link Receiver.received} was just called with: of those, the channel keeps what it needs.
   * @returns false when some of them have to wait; {@link Receiver.drained} follows when all are on their way.
   */
  write(bytes: Buffer, start?: number, end?: number): boolean;
  /** Tells the other side, after what was written, that nothing more comes. */
  end(): void;
  /** {@link end}, and {@link close} as soon as that is sent, whatever the other side still says. */
  finish(): void;
  /** Closes at once. What is pending is lost. */
  close(): void;
  /** Closes at once in a way that the other side takes for an error. */
  reset(): void;
  /** No bytes are received until {@link resume}; that the other side has ended may be told all the same. */
  pause(): void;
  resume(): void;
}

/** The two ends of a connection. */
export interface Ends {
  /** The other end; undefined when it isn't known any more. */
  readonly remote: Place | undefined;
  /** Our end. */
  readonly local: Place | undefined;
}

/** One TCP connection, below Node's streams. */
export interface Connection extends Channel, Ends, Enlisted {
  /** When it was there, by `Date.now()`. */
  readonly since: number;
  /** A write had to wait, and {@link Receiver.drained} has not come yet. */
  readonly isFull: boolean;
  readonly isPaused: boolean;
  /** More may be written: {@link end} was not called, and the connection is open. */
  readonly isWritable: boolean;

  /** {@link write} of text in which each character is one byte. */
  writeText(text: string): boolean;
  /** {@link writeText} and {@link write} at once. */
  writeBoth(text: string, bytes: Buffer, start?: number, end?: number): boolean;
  /**
   * Makes it a stream of Node's, for those who need one, which begins with these bytes. It isn't used in any other
   * way from then on, but for {@link close}, and the receiver is not called again.
   */
  toSocket(first: Buffer): Socket;
}

/** Never called from within a call of the channel. */
export interface Receiver {
  /**
   * Bytes from the other side: the first `length` ones of the buffer, which is used again after the call.
   * A receiver that keeps some of them copies them.
   */
  received(bytes: Buffer, length: number): void;
  /** The other side sends no more. */
  ended(): void;
  /** Everything that was written is on its way. */
  drained(): void;
  /** The channel is gone, with an error when it broke; the last call. */
  closed(error: Error | undefined): void;
}

export interface Place {
  readonly address: string;
  readonly port: number;
}

/** The account of connections, called before the receiver. */
export type OnClosed = (connection: Connection, error: Error | undefined) => void;

/** A receiver that ignores everything: before the first one is set, and after the last. */
export const NOBODY: Receiver = { received() {}, ended() {}, drained() {}, closed() {} };
