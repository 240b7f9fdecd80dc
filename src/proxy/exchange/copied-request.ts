import type { Client } from "../../balancer/choice.ts";
import type { RoutedRequest } from "../request-target.ts";
import type { Copy } from "../routes/treatment.ts";
import { owned } from "../transport/read-memory.ts";
import type { RequestSink } from "./client-side.ts";
import type { FieldSection } from "./field-section.ts";
import type { Inbound } from "./inbound.ts";
import type { BodyFraming, PodRequest } from "./outbound.ts";

/**
 * Bytes of the body that a mirrored copy may lag behind. Beyond that the copy is dropped, since it must not slow the
 * original request down.
 */
const BEHIND_BYTES = 1024 * 1024;

/** The original exchange: the copy's body is chunked exactly when the original's is. */
type Along = Pick<RequestSink, "keepsChunks">;

const NONE: readonly CopiedRequest[] = [];

/** The mirrored copies that a route asks for; usually none. */
export function copiesOf(original: Inbound, along: Along): readonly CopiedRequest[] {
  const copies = original.routed.treatment?.copies ?? [];
  if (copies.length === 0) return NONE;
  return copies.map((copy) => new CopiedRequest(original, copy, along));
}

/** The inbound side of a mirrored request: it is sent along with the original, and its answer is discarded. */
export class CopiedRequest implements Inbound {
  readonly routed: RoutedRequest;
  readonly takesChunks = false;
  readonly takesInterim = false;
  readonly paced = false;
  readonly held = false;
  readonly #original: Inbound;
  readonly #along: Along;
  /** Set by the original's exchange, which starts the copy. */
  exchange: RequestSink | undefined;
  #behind: Buffer[] = [];
  #behindBytes = 0;
  #moved = 0;
  #trailers: FieldSection | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(original: Inbound, { route, requestHeaders, tls }: Copy, along: Along) {
    this.#original = original;
    this.#along = along;
    const { path, host } = original.routed;
    this.routed = {
      route,
      path,
      host,
      treatment: {
        rule: original.routed.treatment?.rule ?? "",
        requestHeaders: [...(original.routed.treatment?.requestHeaders ?? []), ...requestHeaders],
        responseHeaders: [],
        timeouts: { request: undefined, backendRequest: undefined },
        retry: undefined,
        copies: [],
        tls,
        overHttp2: original.routed.treatment?.overHttp2 ?? false,
      },
    };
  }

  get client(): Client {
    return this.#original.client;
  }

  get method(): string {
    return this.#original.method;
  }

  get framing(): BodyFraming {
    return this.#original.framing;
  }

  get about(): Inbound["about"] {
    return this.#original.about;
  }

  get moved(): number {
    return this.#moved;
  }

  get hasMore(): boolean {
    return this.#behind.length > 0;
  }

  values(name: string): Iterable<string> {
    return this.#original.values(name);
  }

  podRequest(): PodRequest {
    return { ...this.#original.podRequest(this.#along.keepsChunks), upgrade: undefined };
  }

  /** A part of the request's body. */
  send(part: Buffer): void {
    if (this.#isOver) return;
    this.#moved += part.length;
    if (this.#behind.length === 0 && !this.#isPaused && this.exchange?.isSending === true) {
      this.exchange.send(part, 0, part.length, false);
      return;
    }
    this.#behind.push(owned(part));
    this.#behindBytes += part.length;
    if (this.#behindBytes > BEHIND_BYTES) this.abandon();
  }

  endRequest(trailers: FieldSection): void {
    this.#trailers = trailers;
    this.#catchUp();
  }

  /** The original was aborted before its body was complete. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#behind = [];
    this.exchange?.abandon();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#catchUp();
  }

  #catchUp(): void {
    const { exchange } = this;
    if (exchange === undefined) return;
    while (this.#behind.length > 0 && !this.#isPaused && exchange.isSending && !this.#isOver) {
      const part = this.#behind.shift() as Buffer;
      this.#behindBytes -= part.length;
      exchange.send(part, 0, part.length, false);
    }
    const isAll = this.#trailers !== undefined && this.#behind.length === 0;
    if (!isAll || this.#isOver || this.framing === "none" || !exchange.isSending) return;
    exchange.endRequest(this.#trailers as FieldSection);
    this.#trailers = undefined;
  }

  // The answer is discarded.

  interim(): boolean {
    return true;
  }

  head(): undefined {}

  part(): boolean {
    return true;
  }

  end(): void {
    this.#isOver = true;
  }

  refuse(): void {
    this.#isOver = true;
  }

  breakOff(): void {
    this.#isOver = true;
  }

  switch(): never {
    throw new Error("a copy asks for no switch of protocols");
  }
}
