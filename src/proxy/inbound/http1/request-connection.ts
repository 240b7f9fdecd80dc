import type { Client } from "../../../balancer/choice.ts";
import type { Engine } from "../../exchange/engine.ts";
import type { FieldSection } from "../../exchange/field-section.ts";
import type { FieldLines } from "../../http1/field-lines.ts";
import type { MessageWriter } from "../../http1/message-writer.ts";
import type { Connection } from "../../transport/connection.ts";

/** The header section of a request as it is sent to the pod, with what it was made from. */
export interface Told {
  readonly lines: FieldLines;
  readonly minor: 0 | 1;
  readonly host: string;
  readonly fields: FieldSection;
  readonly takesTrailers: boolean;
}

/** A client's connection as seen by the request that is being answered on it. */
export interface RequestConnection {
  readonly transport: Connection;
  readonly engine: Engine;
  readonly address: string;
  /** The client as the balancer knows it. */
  readonly client: Client;
  readonly answers: MessageWriter;
  /** The header section sent to the pod with the last request, for reuse. */
  lastTold: Told | undefined;
  /** The client sends no more. */
  readonly hasEnded: boolean;
  /** Grows as bytes move either way. */
  readonly moved: number;
  /** Data is waiting: either the client's, which isn't read for now, or ours, which the client has not taken. */
  readonly isHeld: boolean;
  /** Bytes were read beyond the current head. */
  readonly hasMore: boolean;
  /** The connection has finished this request. */
  readonly isOver: boolean;
  /** Takes the bytes that were read beyond the current head. */
  takeAhead(): Buffer | undefined;
  /** Keeps bytes of a later request. */
  readAhead(chunk: Buffer): void;
  /** Continues reading, unless the client is too far ahead already. */
  resume(): void;
  /** The exchange is over and the connection is free for the next one. */
  next(): void;
  /**
   * The exchange is over, and the connection with it.
   * @param wasLast the client announced that it sends nothing more (RFC 9112 section 9.6): closing at once can't
   * reset data on its way.
   */
  endAfterAnswer(wasLast: boolean): void;
  /** The answer can't be completed; a reset is the only way to tell the client. */
  breakOff(): void;
  /** The transport belongs to a tunnel from now on. */
  handOver(): void;
}
