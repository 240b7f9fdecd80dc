import type { Backend } from "../../balancer/backend.ts";
import type { Channel } from "../transport/connection.ts";
import type { FieldSection } from "./field-section.ts";

/**
 * How the body of a message ends: `none`; `sized`, the fields state its length; `chunked`, it comes in chunks,
 * framing included; `open`, content alone, whose end is reported when it comes.
 */
export type BodyFraming = "none" | "sized" | "chunked" | "open";

/** The request as it is sent to a pod. */
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
   * The protocol that the client asks to switch to. For a WebSocket the fields have a key as in HTTP/1.1 (RFC 6455),
   * and the answer the digest of it, whatever protocol is spoken on either side.
   */
  readonly upgrade: string | undefined;
}

/** The head of a pod's answer. */
export interface PodAnswer {
  readonly status: number;
  /** The rest of an HTTP/1.1 status line after the status, with the blank before it. */
  readonly reason: string;
  readonly fields: FieldSection;
  readonly framing: BodyFraming;
}

/** Why no answer will come, or only part of it. */
export interface Failure {
  readonly reason: string;
  /**
   * The pod processed nothing of the request: it said so, or the request can't have reached it (RFC 9113 section
   * 8.7).
   */
  readonly untouched?: boolean;
  /** At least a byte of an answer came. */
  readonly answered?: boolean;
  /** The pod's HTTP/2 error code. */
  readonly code?: number;
}

/**
 * Receives an answer: interim heads first, then one final head, parts of the body, and the end. `failed` may come at
 * any time. After `ended`, `switched` or `failed` nothing is called any more.
 */
export interface AnswerReceiver {
  /** Chunks may be passed on with their framing. */
  readonly takesChunks: boolean;
  interim(head: PodAnswer): void;
  /** @param more whether a part comes right after this call. */
  head(head: PodAnswer, more: boolean): void;
  /**
   * The bytes are valid during the call only; see {@link Receiver.received}.
   * @param last whether nothing follows, not even trailers.
   * @returns false when no more should be read for now.
   */
  part(buffer: Buffer, start: number, end: number, last: boolean): boolean;
  ended(trailers: FieldSection): void;
  /** The protocol was switched; `rest` came with the answer and belongs to the new one. */
  switched(head: PodAnswer, channel: Channel, rest: Buffer): void;
  failed(failure: Failure): void;
  /** Everything written was sent: more may be written. */
  drained(): void;
}

/** One request on its way to a pod, and its answer on the way back. */
export interface Carrier {
  /** The connection has carried requests before: the pod may have closed it before this request reached it. */
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
  /** Continues reading; also after the receiver returned false for a part. */
  resume(): void;
  /** The answer is complete. @param requestDone whether the request is as well. */
  release(requestDone: boolean): void;
  /** Cancels the request; the receiver is not called again. @param code an HTTP/2 error code. */
  cancel(code: number): void;
}

/** The outbound side: how pods of one protocol are reached. */
export interface Outbound {
  /** The chunks of a request may be passed on in the framing in which they come. */
  readonly takesChunks: boolean;
  /** A pod can't send more before what it sent was read. */
  readonly paced: boolean;
  /**
   * Gets a connection to the endpoint, possibly a kept one; the callback may be called at once.
   * @param fresh only a new connection will do.
   * @param repeatable the request may be sent again if a kept connection turns out to be closed.
   * @returns a function that cancels; the callback isn't called afterwards.
   */
  open(
    backend: Backend,
    how: { readonly fresh: boolean; readonly repeatable: boolean },
    callback: (result: Carrier | Error) => void,
  ): () => void;
}
