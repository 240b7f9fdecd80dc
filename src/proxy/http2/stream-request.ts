import type { ServerHttp2Stream } from "node:http2";
import type { Client, Picked } from "../../balancer/choice.ts";
import { EndpointSearch } from "../endpoint-search.ts";
import { type Forwarded, forwardedFor } from "../forwarded-headers.ts";
import type { ForwarderContext } from "../forwarder.ts";
import { inSession } from "../gateway-client.ts";
import type { Refusal } from "../refusal.ts";
import { refusalPage } from "../refusal-page.ts";
import type { RoutedRequest } from "../request-target.ts";
import type { Route } from "../router.ts";
import { sessionOf } from "../session-key.ts";
import { chosen, type TrafficEvent } from "../traffic-event.ts";
import { headerValue, headerValues, joinedValues, type RawHeaders } from "./fields.ts";
import { sendHeaders } from "./send-headers.ts";

/** One HTTP/2 request: what both ways of passing it on work with. */
export class StreamRequest {
  readonly stream: ServerHttp2Stream;
  readonly raw: RawHeaders;
  readonly context: ForwarderContext;
  readonly route: Route;
  readonly client: Client;
  readonly search: EndpointSearch;
  /** A cookie that is set besides the pod's own. */
  readonly setCookie: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  status = 0;
  bytes = 0;
  readonly #began = performance.now();
  readonly #onReset: () => void;
  #brokenOff = false;
  #told = false;

  /** @param onReset the client has reset the stream before it was answered, or in the middle of that. */
  constructor(
    stream: ServerHttp2Stream,
    raw: RawHeaders,
    context: ForwarderContext,
    client: Client,
    method: string,
    { route, path, host }: RoutedRequest,
    onReset: () => void,
  ) {
    this.stream = stream;
    this.raw = raw;
    this.context = context;
    this.route = route;
    this.client = client;
    const session = route.session && sessionOf(route.session, (name) => headerValues(raw, name));
    this.search = new EndpointSearch(context, route, inSession(client, session));
    this.setCookie = session?.setCookie;
    this.method = method;
    this.path = path;
    this.host = host;
    this.#onReset = onReset;
  }

  /** The stream can still be answered. */
  get isOpen(): boolean {
    return !this.stream.destroyed && !this.stream.closed;
  }

  /** What the pod is told of who asked. */
  forwarded(): Forwarded {
    const { raw, client, context } = this;
    return forwardedFor(client.address ?? "", this.host, context.trustForwarded, {
      for: joinedValues(raw, "x-forwarded-for"),
      host: headerValue(raw, "x-forwarded-host"),
      proto: headerValue(raw, "x-forwarded-proto"),
    });
  }

  refuse(why: Refusal, picked?: Picked): void {
    respondRefusal(this.stream, this.raw, why, this.context.onError);
    this.tell(picked, { status: why.status, refusal: why });
  }

  /** Says that no answer will come, or no more of it. */
  breakOff(code: number): void {
    this.#brokenOff = true;
    this.stream.close(code);
  }

  /** To be called when the stream is closed. */
  closed(): void {
    // Node calls aborted what was closed from this side as well.
    if (this.stream.aborted && !this.#brokenOff) this.#onReset();
  }

  /** Once, when the request is over. */
  tell(picked: Picked | undefined, outcome: Partial<TrafficEvent>): void {
    const { onTraffic } = this.context;
    if (this.#told || onTraffic === undefined) return;
    this.#told = true;
    onTraffic({
      kind: "request",
      protocol: "HTTP/2",
      client: this.client.address ?? "",
      method: this.method,
      host: this.host,
      path: this.path,
      service: this.route.port.key,
      attempts: this.search.attempts,
      duration: performance.now() - this.#began,
      ...(this.status === 0 ? {} : { status: this.status, bytes: this.bytes }),
      ...(picked === undefined ? {} : chosen(picked)),
      ...outcome,
    });
  }
}

/** gRPC status UNAVAILABLE: clients may try again. */
const GRPC_UNAVAILABLE = "14";

export function isGrpc(raw: RawHeaders): boolean {
  return headerValue(raw, "content-type")?.startsWith("application/grpc") ?? false;
}

/** A refusal as an HTTP/2 answer, or as the status a gRPC client reads. */
export function respondRefusal(
  stream: ServerHttp2Stream,
  raw: RawHeaders,
  why: Refusal,
  onError: (error: Error) => void,
): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  if (isGrpc(raw)) {
    const headers = {
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": why.status === 404 ? "12" : GRPC_UNAVAILABLE,
      "grpc-message": encodeURIComponent(why.reason),
    };
    sendHeaders(stream, "respond", headers, onError, { endStream: true });
  } else {
    const { type, body } = refusalPage(why, headerValue(raw, "accept"));
    const headers = { ":status": why.status, "content-type": type };
    if (sendHeaders(stream, "respond", headers, onError)) stream.end(body);
  }
  stream.resume();
}
