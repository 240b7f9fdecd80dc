import { type Body, ChunkedBody, SizedBody, UnendingBody } from "./body.ts";
import { badRequest, type Fault, fault } from "./fault.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";

/** No body at all. */
export type Framing = Body | undefined;

/** Up to 2^53 - 1 in decimal digits, nothing else. */
const LENGTH = /^\d{1,15}$/;

interface Lengths {
  readonly length: number | undefined;
  readonly chunked: boolean;
}

/**
 * The body that follows a request's head (RFC 9112 section 6.3). Whatever two parsers could read differently is
 * refused: several lengths, a length together with a transfer coding, codings other than chunked.
 */
export function requestFraming(head: RequestHead, maxTrailer: number): Framing | Fault {
  const lengths = readLengths(head);
  if ("fault" in lengths) return lengths;
  if (lengths.chunked) {
    return head.minor === 0
      ? badRequest("HTTP/1.0 knows no Transfer-Encoding")
      : new ChunkedBody(maxTrailer);
  }
  return lengths.length === undefined || lengths.length === 0
    ? undefined
    : new SizedBody(lengths.length);
}

/** The body that follows a response's head, given the method of its request. */
export function responseFraming(
  head: ResponseHead,
  method: string,
  maxTrailer: number,
): Framing | Fault {
  const lengths = readLengths(head);
  if ("fault" in lengths) return lengths;
  const { status } = head;
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return undefined;
  if (lengths.chunked) return new ChunkedBody(maxTrailer);
  if (lengths.length === undefined) return new UnendingBody();
  return lengths.length === 0 ? undefined : new SizedBody(lengths.length);
}

function readLengths(head: RequestHead | ResponseHead): Lengths | Fault {
  let length: number | undefined;
  let chunked = false;
  for (const { name, value } of head.fields) {
    if (name === "content-length") {
      if (length !== undefined) return badRequest("several Content-Length headers");
      if (!LENGTH.test(value)) return badRequest("a Content-Length that is not one number");
      length = Number(value);
    } else if (name === "transfer-encoding") {
      if (chunked) return badRequest("several Transfer-Encoding headers");
      if (value.toLowerCase() !== "chunked") {
        return fault(501, "not-implemented", "a transfer coding other than chunked");
      }
      chunked = true;
    }
  }
  if (chunked && length !== undefined) {
    return badRequest("Content-Length together with Transfer-Encoding");
  }
  return { length, chunked };
}
