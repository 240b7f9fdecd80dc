import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";

/** A port of a pod where an echo answers. */
export interface EchoPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Absent for a container that declares no port. */
  readonly port?: number;
}

export interface EchoedRequest {
  readonly protocol: string;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: IncomingHttpHeaders;
}

/** Bytes of a request's body that are returned. */
const BODY_LIMIT = 65_536;

export const ECHO_HEADERS = {
  "content-type": "application/json; charset=utf-8",
  // Prevents that a browser runs what the request contained as a page of this host.
  "x-content-type-options": "nosniff",
} as const;

/** The answer to a request, once its body was read: which pod answers, and the request. */
export async function echoOf(
  place: EchoPlace,
  request: EchoedRequest,
  body: Readable,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (bodyBytes < BODY_LIMIT) chunks.push(chunk.subarray(0, BODY_LIMIT - bodyBytes));
    bodyBytes += chunk.length;
  }
  const text = Buffer.concat(chunks).toString();
  const answer = {
    stub: true,
    ...place,
    request: { ...request, bodyBytes, ...(bodyBytes > 0 && { body: text }) },
  };
  return Buffer.from(`${JSON.stringify(answer, undefined, 2)}\n`);
}
