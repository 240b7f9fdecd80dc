import { hasLength } from "../../exchange/content.ts";
import { FieldSection } from "../../exchange/field-section.ts";
import type {
  AnswerReceiver,
  BodyFraming,
  Carrier,
  PodAnswer,
  PodRequest,
} from "../../exchange/outbound.ts";
import { trailersOf } from "../../exchange/trailers.ts";
import {
  type Body,
  ChunkedBody,
  type PartSink,
  passOn,
  SizedBody,
  UnendingBody,
} from "../../http1/body.ts";
import { FieldReader } from "../../http1/field-lines.ts";
import { responseFraming } from "../../http1/framing.ts";
import { HeadBuffer, headAtStart } from "../../http1/head-buffer.ts";
import { keptOfAnswer } from "../../http1/kept-fields.ts";
import { MessageWriter } from "../../http1/message-writer.ts";
import { parseResponseHead, type ResponseHead } from "../../http1/response-head.ts";
import type { Limits } from "../../limits.ts";
import { NotReachedError } from "../../not-reached.ts";
import type { Connection, Receiver } from "../../transport/connection.ts";

/** Where a carrier waits between two exchanges. */
export interface IdlePlace {
  /** The carrier is free for another exchange. */
  put(carrier: Http1Carrier): void;
  /** The carrier is no more. @param byEndpoint the other side closed it. */
  forget(carrier: Http1Carrier, byEndpoint: boolean): void;
}

/** One connection to an endpoint: the client side of HTTP/1.1, one exchange at a time. */
export class Http1Carrier implements Carrier, Receiver {
  reused = false;
  /** When it last became idle. */
  idleSince = 0;
  /** The keep-alive time that the endpoint stated, in milliseconds. */
  keepAlive: number | undefined;
  readonly #connection: Connection;
  readonly #pool: IdlePlace;
  readonly #limits: Limits;
  readonly #input = new HeadBuffer();
  readonly #fields = new FieldReader();
  /** The last head, with the fields made from it. */
  #last: { readonly head: ResponseHead; readonly fields: FieldSection } | undefined;
  readonly #output: MessageWriter;
  #receiver: AnswerReceiver | undefined;
  #method = "";
  #asksForSwitch = false;
  #isReusable = true;
  #inBody = false;
  #body: Body | undefined;
  #answered = false;
  #isGone = false;

  constructor(connection: Connection, pool: IdlePlace, limits: Limits) {
    this.#connection = connection;
    this.#pool = pool;
    this.#limits = limits;
    this.#output = new MessageWriter(connection);
    connection.receiver = this;
    connection.resume();
  }

  readonly #onPart = (buffer: Buffer, start: number, end: number, last: boolean) => {
    if (this.#receiver?.part(buffer, start, end, last) === false) this.#connection.pause();
  };

  get isUsable(): boolean {
    return !this.#isGone && this.#connection.isWritable;
  }

  get moved(): number {
    const { bytesRead, bytesWritten, pending } = this.#connection;
    return bytesRead + bytesWritten - pending;
  }

  begin(request: PodRequest, receiver: AnswerReceiver, more: boolean): void {
    this.#receiver = receiver;
    this.#method = request.method;
    this.#asksForSwitch = request.upgrade !== undefined;
    this.#inBody = false;
    this.#body = undefined;
    this.#answered = false;
    this.#output.begin(headOf(request), request.framing);
    if (!more) this.#output.flush();
  }

  write(buffer: Buffer, start: number, end: number, last: boolean): boolean {
    return this.#output.write(buffer, start, end, last);
  }

  end(trailers: FieldSection): void {
    this.#output.end(trailers);
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  cancel(): void {
    this.destroy();
  }

  /** Closes the connection, whatever is in progress, without calling the receiver. */
  destroy(byEndpoint = false): void {
    this.#receiver = undefined;
    this.#isGone = true;
    this.#pool.forget(this, byEndpoint);
    this.#connection.close();
  }

  release(requestDone: boolean): void {
    this.#receiver = undefined;
    if (!requestDone || !this.#isReusable || !this.isUsable) {
      this.destroy();
      return;
    }
    this.reused = true;
    this.#connection.resume();
    this.#pool.put(this);
  }

  drained(): void {
    this.#receiver?.drained();
  }

  ended(): void {
    this.#lost("the connection was closed", true);
  }

  closed(error: Error | undefined): void {
    const untouched = error instanceof NotReachedError;
    this.#lost(error?.message ?? "the connection was closed", error === undefined, untouched);
  }

  received(bytes: Buffer, length: number): void {
    if (this.#receiver === undefined) {
      // No request is in progress: these bytes could be taken for the next answer.
      this.destroy();
      return;
    }
    this.#answered = true;
    const chunk = length === bytes.length ? bytes : bytes.subarray(0, length);
    if (this.#inBody) {
      this.#readBody(chunk);
      return;
    }
    const input = this.#input;
    let rest: Buffer = chunk;
    while (this.#receiver !== undefined && !this.#inBody && (rest.length > 0 || input.length > 0)) {
      // Most heads arrive in one piece: those are read without copying.
      let text = input.length === 0 ? headAtStart(rest) : undefined;
      if (text !== undefined) {
        rest = rest.subarray(text.length);
      } else {
        input.append(Buffer.from(rest));
        rest = NOTHING;
        text = input.takeHead();
        if (text !== undefined) rest = input.takeRest();
      }
      if (text === undefined) {
        if (input.length > this.#limits.headBytes) this.#fail("its head is too long");
        else if (input.hasBareLineFeed()) this.#fail("a line of its head ends in a bare LF");
        return;
      }
      rest = this.#readHead(text, rest, this.#receiver);
    }
  }

  /** @returns the bytes behind it that were not processed. */
  #readHead(text: string, rest: Buffer, receiver: AnswerReceiver): Buffer {
    if (text.length > this.#limits.headBytes) {
      this.#fail("its head is too long");
      return NOTHING;
    }
    const head = parseResponseHead(text, this.#limits.headerLines, this.#fields);
    if ("fault" in head) {
      this.#fail(head.fault.reason);
      return NOTHING;
    }
    if (head.status === 101 && this.#asksForSwitch) {
      // From here on the connection carries the new protocol.
      this.#receiver = undefined;
      this.#isGone = true;
      receiver.switched(this.#answerOf(head, "none"), this.#connection, rest);
      return NOTHING;
    }
    if (head.status < 200) {
      receiver.interim(this.#answerOf(head, "none"));
      return rest;
    }
    const body = responseFraming(head, this.#method, this.#limits.headBytes);
    if (body !== undefined && "fault" in body) {
      this.#fail(body.fault.reason);
      return NOTHING;
    }
    this.#isReusable = isPersistent(head);
    this.keepAlive = keepAliveHint(head);
    this.#inBody = true;
    this.#body = body;
    const answer = this.#answerOf(head, framingOf(body, receiver.takesChunks));
    const more = rest.length > 0;
    if (body instanceof ChunkedBody && more) {
      this.#beginChunks(answer, body, rest, receiver);
      return NOTHING;
    }
    receiver.head(answer, body !== undefined && more);
    if (body === undefined) this.#complete(more);
    else if (more) this.#readBody(rest);
    return NOTHING;
  }

  #answerOf(head: ResponseHead, framing: BodyFraming): PodAnswer {
    const { status, reason } = head;
    const last = this.#last;
    if (last?.head.lines !== head.lines || last.head.status !== status) {
      const kept = keptOfAnswer(head, hasLength(status));
      this.#last = { head, fields: FieldSection.ofLines(kept) };
    }
    return { status, reason, fields: (this.#last as { fields: FieldSection }).fields, framing };
  }

  /** Chunks that came with the head are checked before the head is passed on: with invalid ones there is no answer. */
  #beginChunks(answer: PodAnswer, body: Body, rest: Buffer, receiver: AnswerReceiver): void {
    const parts: Parameters<PartSink>[] = [];
    const end = passOn(body, rest, 0, receiver.takesChunks, (...part) => parts.push(part));
    if (end < 0) {
      this.#fail("its body is not properly chunked");
      return;
    }
    receiver.head(answer, parts.length > 0);
    for (const part of parts) this.#onPart(...part);
    if (body.done) this.#complete(end < rest.length);
  }

  #readBody(chunk: Buffer): void {
    const body = this.#body;
    if (this.#receiver === undefined || body === undefined) return;
    const end = passOn(body, chunk, 0, this.#receiver.takesChunks, this.#onPart);
    if (end < 0) this.#fail("its body is not properly chunked");
    else if (body.done) this.#complete(end < chunk.length);
  }

  #complete(surplus: boolean): void {
    if (surplus) this.#isReusable = false;
    const receiver = this.#receiver;
    const trailers = this.#body?.trailers ?? "";
    this.#receiver = undefined;
    this.#body = undefined;
    receiver?.ended(
      trailers === "" ? FieldSection.EMPTY : trailersOf(FieldSection.ofLines(trailers)),
    );
  }

  #fail(reason: string): void {
    const receiver = this.#receiver;
    this.destroy();
    receiver?.failed({ reason, answered: true });
  }

  /**
   * @param orderly the endpoint closed the connection, and did not reset it.
   * @param untouched nothing of the request has arrived.
   */
  #lost(reason: string, orderly: boolean, untouched = false): void {
    if (this.#isGone) return;
    const receiver = this.#receiver;
    const isWhole = orderly && this.#body instanceof UnendingBody;
    this.destroy(true);
    if (isWhole) receiver?.ended(FieldSection.EMPTY);
    else receiver?.failed({ reason, answered: this.#answered, untouched });
  }
}

const NOTHING = Buffer.alloc(0);

function headOf({ method, path, host, fields, framing, upgrade }: PodRequest): string {
  const coding =
    framing === "open" || framing === "chunked" ? "Transfer-Encoding: chunked\r\n" : "";
  const connection = upgrade === undefined ? "" : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields.lines}${coding}${connection}\r\n`;
}

function framingOf(body: Body | undefined, takesChunks: boolean): BodyFraming {
  if (body === undefined) return "none";
  if (body instanceof SizedBody) return "sized";
  return body instanceof ChunkedBody && takesChunks ? "chunked" : "open";
}

/** RFC 9112 section 9.3. */
function isPersistent(head: ResponseHead): boolean {
  if (head.minor === 0) return false;
  return !head.fields.some(
    ({ name, value }) => name === "connection" && /(?:^|[ \t,])close(?:$|[ \t,])/i.test(value),
  );
}

function keepAliveHint(head: ResponseHead): number | undefined {
  for (const { name, value } of head.fields) {
    if (name !== "keep-alive") continue;
    const timeout = /timeout=(\d{1,6})/.exec(value)?.[1];
    if (timeout !== undefined) return Number(timeout) * 1000;
  }
  return undefined;
}
