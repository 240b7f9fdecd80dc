import type { Client } from "../../../balancer/choice.ts";
import type { Engine } from "../../exchange/engine.ts";
import type { FieldSection } from "../../exchange/field-section.ts";
import type { FieldLines } from "../../http1/field-lines.ts";
import type { MessageWriter } from "../../http1/message-writer.ts";
import type { Connection } from "../../transport/connection.ts";

/** The header fields of a request as the pod gets them, and what they are made from. */
export interface Told {
  readonly lines: FieldLines;
  readonly minor: 0 | 1;
  readonly host: string;
  readonly fields: FieldSection;
  readonly takesTrailers: boolean;
}

/** A client's connection as the request sees it that is being answered there. */
export interface RequestConnection {
  readonly transport: Connection;
  readonly engine: Engine;
  readonly address: string;
  /** The client as the balancer knows it. */
  readonly client: Client;
  readonly answers: MessageWriter;
  /** What the last request told its pod. */
  lastTold: Told | undefined;
  /** The client sends no more. */
  readonly hasEnded: boolean;
  /** Grows as bytes move either way. */
  readonly moved: number;
  /** The client waits to be read, or is waited for to read. */
  readonly isHeld: boolean;
  /** More was read than the current head. */
  readonly hasMore: boolean;
  /** The request is over, for the connection too. */
  readonly isOver: boolean;
  /** What was read beyond the current head. */
  takeAhead(): Buffer | undefined;
  /** Keeps what belongs to a later request. */
  readAhead(chunk: Buffer): void;
  /** Reading goes on, unless the client is too far ahead already. */
  resume(): void;
  /** The exchange is over and the connection is free for the next one. */
  next(): void;
  /**
   * The exchange is over, and the connection with it.
   * @param wasLast the client sends nothing more (RFC 9112 section 9.6), which closing could answer with a reset.
   */
  endAfterAnswer(wasLast: boolean): void;
  /** The answer can't be completed, and that is the only way to say so. */
  breakOff(): void;
  /** The transport is someone else's from now on. */
  handOver(): void;
}
