import type { GatewayContext } from "../gateway-context.ts";
import type { RoutedRequest } from "../request-target.ts";
import type { Enlisted, Roster } from "../transport/roster.ts";
import type { FieldSection } from "./field-section.ts";
import type { Inbound } from "./inbound.ts";
import type { Outbound } from "./outbound.ts";

/** An exchange as its client's side sees it: where the request goes, part by part. */
export interface RequestSink {
  /** The request may be passed on in the chunks in which it comes. */
  readonly keepsChunks: boolean;
  /** Whether a part of the request's body has somewhere to go. */
  readonly isSending: boolean;
  start(): void;
  /** A part of the request's body. See {@link AnswerReceiver.part}. */
  send(buffer: Buffer, start: number, end: number, last: boolean): void;
  endRequest(trailers: FieldSection): void;
  /** The rest of the request is invalid. */
  requestBroken(reason: string): void;
  /** The client takes more of the answer. */
  clientDrained(): void;
  /** The client is gone. @param code its HTTP/2 error code, which is passed on. */
  abandon(code?: number): void;
}

/** What an exchange needs of the gateway that it is part of. */
export interface ExchangeHost {
  readonly context: GatewayContext;
  /** Those that are under way. */
  readonly exchanges: Pick<Roster<Enlisted>, "add" | "delete">;
  outboundFor(routed: RoutedRequest): Outbound;
  /** Another exchange beside it: that of a copy. */
  exchange(inbound: Inbound): RequestSink;
}
