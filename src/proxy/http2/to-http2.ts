import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Picked } from "../../balancer/choice.ts";
import { isHopByHop } from "../hop-by-hop.ts";
import { MAX_HELD_INTERIM } from "../interim-answers.ts";
import { isRefusal, refusal } from "../refusal.ts";
import { brokenOff } from "../unanswered.ts";
import { addValue, type FieldValues } from "./field-values.ts";
import { addCookie, hasNoContent, headerValue, isEndToEnd, isFinalStatus } from "./fields.ts";
import { sendHeaders } from "./send-headers.ts";
import type { SessionPool } from "./session-pool.ts";
import type { StreamRequest } from "./stream-request.ts";

/** Passes one HTTP/2 stream on to a pod that speaks HTTP/2 without TLS: gRPC, mostly. */
export function toHttp2(request: StreamRequest, pool: SessionPool, hasBody: boolean): void {
  const { stream, context } = request;
  const { balancer, onError } = context;
  let upstream: ClientHttp2Stream | undefined;
  stream.pause();
  stream.on("error", onError);
  stream.on("close", () => {
    request.closed();
    upstream?.close(stream.rstCode || constants.NGHTTP2_CANCEL);
  });
  attempt();

  function attempt(): void {
    const picked = request.search.next();
    if (isRefusal(picked)) {
      request.refuse(picked);
      return;
    }
    pool.take(picked.backend, (session) => {
      if (!request.isOpen) return request.tell(picked, { aborted: "client" });
      if (session instanceof Error) {
        another(picked, session);
        return;
      }
      balancer.connected(picked.backend);
      send(session, picked);
    });
  }

  /** Nothing was sent yet. */
  function another(picked: Picked, error: Error): void {
    const over = request.search.connectFailed(picked, error);
    if (over === undefined) attempt();
    else request.refuse(over, picked);
  }

  function send(session: ClientHttp2Session, picked: Picked): void {
    const started = performance.now();
    let answerTime: number | undefined;
    let ended = false;
    let fault: string | undefined;
    let interims = 0;
    let silent = false;
    balancer.started(picked.backend);
    let out: ClientHttp2Stream;
    try {
      out = session.request(requestHeaders(request), {
        endStream: !hasBody,
        waitForTrailers: hasBody,
      });
    } catch (error) {
      balancer.finished(picked.backend);
      const { message } = error as Error;
      // The session went away in between, or the request is none.
      if (session.closed || session.destroyed) another(picked, error as Error);
      else request.refuse(refusal(400, "bad-request", `HTTP/2 cannot carry it: ${message}`));
      return;
    }
    upstream = out;
    let trailersOut: IncomingHttpHeaders = {};
    let trailersBack: IncomingHttpHeaders = {};
    if (hasBody) {
      stream.on("data", (chunk) => {
        if (!out.write(chunk)) stream.pause();
      });
      out.on("drain", () => stream.resume());
      stream.on("trailers", (trailers) => {
        trailersOut = trailers;
      });
      stream.on("end", () => out.end());
      // A body of no bytes ends even while nobody reads.
      if (stream.readableEnded) out.end();
      out.on("wantTrailers", () =>
        sendHeaders(out, "sendTrailers", passedOn(trailersOut), onError),
      );
    }
    stream.resume();
    out.on("headers", (headers) => {
      if (!request.isOpen || stream.headersSent) return;
      if (++interims > MAX_HELD_INTERIM) {
        fault = `more than ${MAX_HELD_INTERIM} interim answers`;
        out.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
        return;
      }
      sendHeaders(stream, "additionalHeaders", passedOn(headers), onError);
    });
    out.on("response", (headers, flags) => {
      const status = Number(headers[":status"]);
      if (!isFinalStatus(status)) {
        fault = `it answered with the status ${status}, which HTTP does not know`;
        out.close(constants.NGHTTP2_PROTOCOL_ERROR);
        return;
      }
      answerTime = performance.now() - started;
      request.status = status;
      if (!request.isOpen) return;
      const passed = passedOn(headers);
      addCookie(passed, request.setCookie);
      // What the pod sends all the same is read, and goes no further.
      silent = hasNoContent(status) || status === 304 || request.method === "HEAD";
      if (silent || (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) {
        sendHeaders(stream, "respond", passed, onError, { endStream: true });
        return;
      }
      // Without trailers this is an empty frame that ends the stream.
      stream.on("wantTrailers", () =>
        sendHeaders(stream, "sendTrailers", passedOn(trailersBack), onError),
      );
      sendHeaders(stream, "respond", passed, onError, { waitForTrailers: true });
    });
    out.on("trailers", (trailers) => {
      trailersBack = trailers;
    });
    out.on("data", (chunk: Buffer) => {
      if (silent) return;
      request.bytes += chunk.length;
      if (request.isOpen && stream.headersSent && !stream.write(chunk)) out.pause();
    });
    stream.on("drain", () => out.resume());
    out.on("end", () => {
      ended = true;
      if (request.isOpen && stream.headersSent) stream.end();
    });
    out.on("error", onError);
    out.on("close", () => {
      balancer.finished(picked.backend, answerTime);
      if (request.status === 0 && request.isOpen) {
        request.refuse(brokenOff(picked, fault), picked);
      } else if (ended && out.rstCode === constants.NGHTTP2_NO_ERROR) {
        request.tell(picked, {});
      } else {
        request.tell(picked, { aborted: request.isOpen ? "endpoint" : "client" });
        if (request.isOpen) request.breakOff(out.rstCode || constants.NGHTTP2_INTERNAL_ERROR);
      }
    });
  }
}

function requestHeaders(request: StreamRequest): OutgoingHttpHeaders {
  const { raw, host } = request;
  const forwarded = request.forwarded();
  const headers: FieldValues = Object.create(null);
  headers[":method"] = request.method;
  headers[":path"] = request.path;
  headers[":scheme"] = "http";
  headers[":authority"] = host;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (!isEndToEnd(name) || (name === "forwarded" && !forwarded.trusted)) continue;
    addValue(headers, name, raw[i + 1] as string);
  }
  // The one value of TE that HTTP/2 allows, and that gRPC servers insist on.
  if (headerValue(raw, "te") === "trailers") headers["te"] = "trailers";
  headers["x-forwarded-for"] = forwarded.for;
  headers["x-forwarded-host"] = forwarded.host;
  headers["x-forwarded-proto"] = forwarded.proto;
  return headers;
}

function passedOn(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const passed: OutgoingHttpHeaders = Object.create(null);
  for (const name of Object.keys(headers)) if (!isHopByHop(name)) passed[name] = headers[name];
  if (hasNoContent(Number(headers[":status"] ?? 200))) delete passed["content-length"];
  return passed;
}
