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
  /** How events describe the request. */
  readonly about: Pick<TrafficEvent, "protocol" | "client" | "method" | "host" | "path">;
  /** All values of a field of the request. @param name lower case */
  values(name: string): Iterable<string>;
  /** The request as it is sent to the pod. */
  podRequest(chunksKept: boolean): PodRequest;

  /** Chunks of an answer may be passed on with their framing. */
  readonly takesChunks: boolean;
  /** HTTP/1.0 knows no interim answers. */
  readonly takesInterim: boolean;
  /** A client that reads slowly delays interim answers, too. */
  readonly paced: boolean;
  /** Grows as bytes move between the client and here. */
  readonly moved: number;
  /** Data is waiting: either the client's, which isn't read for now, or ours, which the client has not taken. */
  readonly held: boolean;

  /** More of the request's body is buffered already. */
  readonly hasMore: boolean;
  /** Stops reading the request's body. */
  pause(): void;
  /** Continues reading it, with what is buffered first. */
  resume(): void;

  /** @returns false when the pod should wait; undefined when the client's protocol can't express this head. */
  interim(head: PodAnswer): boolean | undefined;
  /** @returns why the client's protocol can't express this head, if it can't. */
  head(head: PodAnswer, more: boolean): string | undefined;
  /** See {@link AnswerReceiver.part}. */
  part(buffer: Buffer, start: number, end: number, last: boolean): boolean;
  /** The answer is complete; no other call follows. */
  end(trailers: FieldSection): void;
  /** Answers instead of a pod. @param closes the client's connection must be closed afterwards. */
  refuse(why: Refusal, closes: boolean): void;
  /** The answer ends in the middle. @param code the pod's HTTP/2 error code. */
  breakOff(why: { readonly reason: string; readonly code?: number | undefined }): void;
  /** Passes the switch of protocols on. @returns the client's channel, or the reason why the switch is not valid. */
  switch(head: PodAnswer): Switched | string;
}

/** The channel to a client that speaks another protocol from now on. */
export interface Switched {
  readonly channel: Channel;
  /** Bytes that the client sent before the switch was answered. */
  readonly ahead: Buffer | undefined;
}
