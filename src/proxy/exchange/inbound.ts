import type { Client } from "../../balancer/choice.ts";
import type { Refusal } from "../refusal.ts";
import type { RoutedRequest } from "../request-target.ts";
import type { TrafficEvent } from "../traffic-event.ts";
import type { Channel } from "../transport/connection.ts";
import type { FieldSection } from "./field-section.ts";
import type { BodyFraming, PodAnswer, PodRequest } from "./outbound.ts";

/** The client's side of one exchange. */
export interface Inbound {
  readonly client: Client;
  readonly routed: RoutedRequest;
  readonly method: string;
  readonly framing: BodyFraming;
  /** What an event says of the request. */
  readonly about: Pick<TrafficEvent, "protocol" | "client" | "method" | "host" | "path">;
  /** All values of a field of the request. @param name lower case */
  values(name: string): Iterable<string>;
  /** The request for the pod. */
  podRequest(chunksKept: boolean): PodRequest;

  /** Answers may be passed on in the chunks in which they come. */
  readonly takesChunks: boolean;
  /** HTTP/1.0 knows no interim answers. */
  readonly takesInterim: boolean;
  /** A client that reads slowly holds interim answers up. */
  readonly paced: boolean;
  /** Grows as bytes move between the client and here. */
  readonly moved: number;
  /** The client waits to be read, or is waited for to read. */
  readonly held: boolean;

  /** More of the request's body was read already. */
  readonly hasMore: boolean;
  /** Stops reading the request's body. */
  pause(): void;
  /** Reads it on, beginning with what was read already. */
  resume(): void;

  /** @returns false when the pod should wait; undefined when it can't be said to the client. */
  interim(head: PodAnswer): boolean | undefined;
  /** @returns why it can't be said to the client, if it can't. */
  head(head: PodAnswer, more: boolean): string | undefined;
  /** See {@link AnswerReceiver.part}. */
  part(buffer: Buffer, start: number, end: number, last: boolean): boolean;
  /** The answer is complete, and nothing more is said. */
  end(trailers: FieldSection): void;
  /** Answers in place of a pod. @param closes the client's connection is of no further use. */
  refuse(why: Refusal, closes: boolean): void;
  /** Part of the answer is out and no more will come. @param code the pod's HTTP/2 error code. */
  breakOff(why: { readonly reason: string; readonly code?: number | undefined }): void;
  /** Passes the switch of protocols on. @returns the client's channel, or the reason why the switch is not valid. */
  switch(head: PodAnswer): Switched | string;
}

/** The way to a client that speaks another protocol from now on. */
export interface Switched {
  readonly channel: Channel;
  /** What the client sent ahead. */
  readonly ahead: Buffer | undefined;
}
