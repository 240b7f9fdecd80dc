import type { Backend } from "../../balancer/backend.ts";
import type { Channel } from "../transport/connection.ts";
import type { FieldSection } from "./field-section.ts";

/**
 * What the body of a message is: `none`; `sized`, content whose length the fields state; `chunked`, content
 * in the chunks in which it came, their framing included; `open`, content whose end is reported when it comes.
 */
export type BodyFraming = "none" | "sized" | "chunked" | "open";

/** What a pod is asked. */
export interface PodRequest {
  readonly method: string;
  /** The origin-form target. */
  readonly path: string;
  readonly host: string;
  readonly fields: FieldSection;
  readonly framing: BodyFraming;
  /** The client takes trailers. */
  readonly takesTrailers: boolean;
  /**
   * The protocol that the client asks to switch to. For a WebSocket the fields have a key, as in HTTP/1.1 (RFC 6455),
   * and so the answer has what is made of it, whatever is spoken on the two sides.
   */
  readonly upgrade: string | undefined;
}

/** The head of a pod's answer. */
export interface PodAnswer {
  readonly status: number;
  /** What stands after the status in an HTTP/1.1 status line, its blank included. */
  readonly reason: string;
  readonly fields: FieldSection;
  readonly framing: BodyFraming;
}

/** Why an answer will not come, or no more of it. */
export interface Failure {
  readonly reason: string;
  /** The pod said, or it is plain, that nothing of the request was processed (RFC 9113 section 8.7). */
  readonly untouched?: boolean;
  /** Bytes of an answer came, if no whole head. */
  readonly answered?: boolean;
  /** The pod's HTTP/2 error code. */
  readonly code?: number;
}

/**
 * Receives an answer. Interim heads come first, then one head, parts of the body, and its end; `failed` may
 * come at any time. No call follows `ended`, `switched` or `failed`.
 */
export interface AnswerReceiver {
  /** Chunks may be passed on in the framing in which they come. */
  readonly takesChunks: boolean;
  interim(head: PodAnswer): void;
  /** @param more whether a part comes right after this call. */
  head(head: PodAnswer, more: boolean): void;
  /**
   * Bytes that are there during the call only; see {@link Receiver.received}.
   * @param last whether nothing follows, not even trailers.
   * @returns false when no more should be read for now.
   */
  part(buffer: Buffer, start: number, end: number, last: boolean): boolean;
  ended(trailers: FieldSection): void;
  /** The protocol was switched; `rest` came with the answer and belongs to the new one. */
  switched(head: PodAnswer, channel: Channel, rest: Buffer): void;
  failed(failure: Failure): void;
  /** What was written of the request is on its way: more may be written. */
  drained(): void;
}

/** One request on its way to a pod, and its answer on the way back. */
export interface Carrier {
  /** The connection had carried requests before: the pod may have closed it before this one came. */
  readonly reused: boolean;
  /** Grows as bytes move between the pod and here. */
  readonly moved: number;
  /** Sends the head, or holds it back for the first part when `more` says that one comes right after this call. */
  begin(request: PodRequest, receiver: AnswerReceiver, more: boolean): void;
  /** @returns false when no more should be written for now. See {@link AnswerReceiver.part}. */
  write(buffer: Buffer, start: number, end: number, last: boolean): boolean;
  /** The request is complete. */
  end(trailers: FieldSection): void;
  /** Reads no more of the answer for now. */
  pause(): void;
  /** Reads on, also after a part that was answered with false. */
  resume(): void;
  /** The answer is complete. @param requestDone whether the request is as well. */
  release(requestDone: boolean): void;
  /** Gives the request up; the receiver is not called again. @param code an HTTP/2 error code. */
  cancel(code: number): void;
}

/** How pods that speak one protocol are reached. */
export interface Outbound {
  /** The chunks of a request may be passed on in the framing in which they come. */
  readonly takesChunks: boolean;
  /** A pod waits with its answer until what it sent before was read. */
  readonly paced: boolean;
  /**
   * A way to the endpoint, which may be a kept one; the callback may be called at once.
   * @param fresh only on a new connection.
   * @param repeatable the request may be sent again should a kept connection turn out to be closed.
   * @returns a function that gives up; the callback isn't called after it.
   */
  open(
    backend: Backend,
    how: { readonly fresh: boolean; readonly repeatable: boolean },
    callback: (result: Carrier | Error) => void,
  ): () => void;
}
