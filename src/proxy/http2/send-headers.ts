import {
  type ClientHttp2Stream,
  constants,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from "node:http2";

/**
 * Every header section goes out through here. Node throws at headers it doesn't like, and what a pod or a client
 * says must never end the process: it ends its own stream.
 * @returns false when the stream was ended.
 */
export function sendHeaders(
  stream: ServerHttp2Stream | ClientHttp2Stream,
  section: "respond" | "additionalHeaders" | "sendTrailers",
  headers: OutgoingHttpHeaders,
  onError: (error: Error) => void,
  options?: ServerStreamResponseOptions,
): boolean {
  try {
    if (section === "sendTrailers") stream.sendTrailers(headers);
    else if (section === "respond") (stream as ServerHttp2Stream).respond(headers, options);
    else (stream as ServerHttp2Stream).additionalHeaders(headers);
    return true;
  } catch (error) {
    onError(error as Error);
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return false;
  }
}
