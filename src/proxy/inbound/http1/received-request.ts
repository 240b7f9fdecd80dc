import { goesOverHttp2 } from "../../app-protocol.ts";
import type { Engine } from "../../exchange/engine.ts";
import type { FieldReader } from "../../http1/field-lines.ts";
import { joinedValues, valuesOf } from "../../http1/field-values.ts";
import { parseRequestHead, type RequestHead } from "../../http1/request-head.ts";
import { KEY, WEBSOCKET } from "../../http2/websocket.ts";
import { isRefusal, type Refusal, refusal } from "../../refusal.ts";
import type { RoutedRequest } from "../../request-target.ts";
import { type Admission, admit } from "./admission.ts";

/** A valid request, and the route that it takes. */
export interface ReceivedRequest {
  readonly head: RequestHead;
  readonly admission: Admission;
  readonly routed: RoutedRequest;
}

/** A request that is refused without asking a pod. */
export interface RefusedRequest {
  readonly why: Refusal;
  /** The client's connection must be closed. */
  readonly closes: boolean;
  /** Absent when the head could not be parsed. */
  readonly head: RequestHead | undefined;
}

/** @param text a whole head, CRLF CRLF included. */
export function receiveRequest(
  text: string,
  engine: Pick<Engine, "context" | "route">,
  reader?: FieldReader,
): ReceivedRequest | RefusedRequest {
  const { limits } = engine.context;
  const head = parseRequestHead(text, limits.headerLines, reader);
  // The head is invalid, so the bytes behind it can't be trusted to begin another one.
  if ("fault" in head) return { why: head.fault, closes: true, head: undefined };
  const admission = admit(head, limits.headBytes);
  if ("fault" in admission) return { why: admission.fault, closes: true, head };
  const routed = destination(head, admission, engine);
  if (!isRefusal(routed)) return { head, admission, routed };
  // The request was valid, so the connection can be used further.
  const closes = routed.status === 400 || admission.body !== undefined || !admission.persistent;
  return { why: routed, closes, head };
}

function destination(
  head: RequestHead,
  { host, upgrade }: Admission,
  engine: Pick<Engine, "route">,
): RoutedRequest | Refusal {
  const { method, target } = head;
  const routed = engine.route(method, target, host, (name) => joinedValues(head, name));
  const isSwitch = upgrade !== undefined && method !== "CONNECT";
  if (!isSwitch || isRefusal(routed) || !goesOverHttp2(routed)) return routed;
  if (upgrade.toLowerCase() !== WEBSOCKET) {
    const why = `its pods speak HTTP/2, which can't be upgraded to ${upgrade}`;
    return refusal(501, "not-implemented", why);
  }
  // A pod that speaks HTTP/1.1 would answer the same.
  const [key = "", ...more] = valuesOf(head, KEY);
  return key !== "" && more.length === 0
    ? routed
    : refusal(400, "bad-request", "a WebSocket is asked for with one Sec-WebSocket-Key");
}
