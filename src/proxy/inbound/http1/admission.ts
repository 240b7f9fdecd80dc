import { connectionOptions } from "../../exchange/passed-on.ts";
import { badRequest, type Fault } from "../../http1/fault.ts";
import type { Framing } from "../../http1/framing.ts";
import { requestFraming } from "../../http1/framing.ts";
import type { RequestHead } from "../../http1/request-head.ts";

/** What a request's head says about its body and the connection. */
export interface Admission {
  /** The Host header; undefined only in HTTP/1.0. */
  readonly host: string | undefined;
  readonly body: Framing;
  /** The client keeps the connection open for further requests. */
  readonly persistent: boolean;
  /** The protocol it wants to switch to. */
  readonly upgrade: string | undefined;
}

/**
 * Checks what even a well-formed head must state exactly once and without contradiction (RFC 9112 sections 3.2, 6.3
 * and 9.3).
 */
export function admit(head: RequestHead, maxTrailer: number): Admission | Fault {
  const body = requestFraming(head, maxTrailer);
  if (body !== undefined && "fault" in body) return body;
  let host: string | undefined;
  let persistent = head.minor === 1;
  let wantsUpgrade = false;
  let upgrade: string | undefined;
  for (const { name, value } of head.fields) {
    if (name === "host") {
      if (host !== undefined) return badRequest("several Host headers");
      host = value;
    } else if (name === "connection") {
      if (value === "keep-alive") continue;
      const options = connectionOptions(value);
      if (options.has("close")) persistent = false;
      if (options.has("upgrade")) wantsUpgrade = true;
    } else if (name === "upgrade") {
      upgrade = value;
    }
  }
  if (host === undefined && head.minor === 1) {
    return badRequest("an HTTP/1.1 request without a Host header");
  }
  // After a switch to h2c, requests would pass this proxy unseen; and a body before a new protocol is defined
  // nowhere.
  const switches =
    wantsUpgrade &&
    upgrade !== undefined &&
    body === undefined &&
    head.minor === 1 &&
    !/\bh2c\b/i.test(upgrade);
  return { host, body, persistent, upgrade: switches ? upgrade : undefined };
}
