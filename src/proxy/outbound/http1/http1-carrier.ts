import type { Socket } from "node:net";
import { hasLength } from "../../exchange/content.ts";
import { FieldSection } from "../../exchange/field-section.ts";
import type {
  AnswerReceiver,
  Carrier,
  Framing,
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
import { responseFraming } from "../../http1/framing.ts";
import { HeadBuffer } from "../../http1/head-buffer.ts";
import { keptOfAnswer } from "../../http1/kept-fields.ts";
import { MessageWriter } from "../../http1/message-writer.ts";
import { parseResponseHead, type ResponseHead } from "../../http1/response-head.ts";
import type { Limits } from "../../limits.ts";
import type { ConnectionPool } from "./connection-pool.ts";

/** One connection to an endpoint: the client side of HTTP/1.1, one exchange at a time. */
export class Http1Carrier implements Carrier {
  reused = false;
  /** When it last became idle. */
  idleSince = 0;
  /** For how long the endpoint said it would keep it, in milliseconds. */
  keepAlive: number | undefined;
  readonly #socket: Socket;
  readonly #pool: ConnectionPool;
  readonly #limits: Limits;
  readonly #input = new HeadBuffer();
  readonly #output: MessageWriter;
  #receiver: AnswerReceiver | undefined;
  #method = "";
  #asksForSwitch = false;
  #isReusable = true;
  #inBody = false;
  #body: Body | undefined;
  #answered = false;
  #isGone = false;

  constructor(socket: Socket, pool: ConnectionPool, limits: Limits) {
    this.#socket = socket;
    this.#pool = pool;
    this.#limits = limits;
    this.#output = new MessageWriter(socket);
    socket.on("data", this.#onData);
    socket.on("drain", this.#onDrain);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onEnd);
  }

  readonly #onData = (chunk: Buffer) => this.#read(chunk);
  readonly #onDrain = () => this.#receiver?.drained();
  readonly #onEnd = () => this.#lost("the connection was closed", true);
  readonly #onError = (error: Error) => this.#lost(error.message, false);
  readonly #onPart = (buffer: Buffer, start: number, end: number, last: boolean) => {
    if (this.#receiver?.part(buffer, start, end, last) === false) this.#socket.pause();
  };

  get isUsable(): boolean {
    return !this.#isGone && this.#socket.writable;
  }

  get moved(): number {
    const { bytesRead, bytesWritten, writableLength } = this.#socket;
    return bytesRead + bytesWritten - writableLength;
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
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  cancel(): void {
    this.destroy();
  }

  /** Gives the connection up, whatever it is doing; nobody is told. */
  destroy(byEndpoint = false): void {
    this.#receiver = undefined;
    this.#isGone = true;
    this.#pool.forget(this, byEndpoint);
    this.#socket.destroy();
  }

  release(requestDone: boolean): void {
    this.#receiver = undefined;
    if (!requestDone || !this.#isReusable || !this.isUsable) {
      this.destroy();
      return;
    }
    this.reused = true;
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#pool.put(this);
  }

  /** Hands the socket over to whoever speaks the protocol that was switched to. */
  #detach(): void {
    this.#receiver = undefined;
    this.#isGone = true;
    const socket = this.#socket;
    socket.removeListener("data", this.#onData);
    socket.removeListener("drain", this.#onDrain);
    socket.removeListener("end", this.#onEnd);
    socket.removeListener("error", this.#onError);
    socket.removeListener("close", this.#onEnd);
  }

  #read(chunk: Buffer): void {
    if (this.#receiver === undefined) {
      // Nobody asked: what comes now could be taken for the next answer.
      this.destroy();
      return;
    }
    this.#answered = true;
    if (this.#inBody) {
      this.#readBody(chunk);
      return;
    }
    const input = this.#input;
    input.append(chunk);
    while (this.#receiver !== undefined && !this.#inBody && input.length > 0) {
      const text = input.takeHead();
      if (text === undefined) {
        if (input.length > this.#limits.headBytes) this.#fail("its head is too long");
        else if (input.hasBareLineFeed()) this.#fail("a line of its head ends in a bare LF");
        return;
      }
      this.#readHead(text, this.#receiver);
    }
  }

  #readHead(text: string, receiver: AnswerReceiver): void {
    if (text.length > this.#limits.headBytes) {
      this.#fail("its head is too long");
      return;
    }
    const head = parseResponseHead(text, this.#limits.headerLines);
    if ("fault" in head) {
      this.#fail(head.fault.reason);
      return;
    }
    if (head.status === 101 && this.#asksForSwitch) {
      const rest = this.#input.takeRest();
      this.#detach();
      receiver.switched(answerOf(head, "none"), this.#socket, rest);
      return;
    }
    if (head.status < 200) {
      receiver.interim(answerOf(head, "none"));
      return;
    }
    const body = responseFraming(head, this.#method, this.#limits.headBytes);
    if (body !== undefined && "fault" in body) {
      this.#fail(body.fault.reason);
      return;
    }
    this.#isReusable = isPersistent(head);
    this.keepAlive = keepAliveHint(head);
    this.#inBody = true;
    this.#body = body;
    const rest = this.#input.length > 0 ? this.#input.takeRest() : undefined;
    const answer = answerOf(head, framingOf(body, receiver.takesChunks));
    if (body instanceof ChunkedBody && rest !== undefined) {
      this.#beginChunks(answer, body, rest, receiver);
      return;
    }
    receiver.head(answer, body !== undefined && rest !== undefined);
    if (body === undefined) this.#complete(rest !== undefined);
    else if (rest !== undefined) this.#readBody(rest);
  }

  /** Chunks that came with the head are read before it is passed on: what is no body is no answer. */
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

  /** @param orderly the endpoint closed it, and did not break it off. */
  #lost(reason: string, orderly: boolean): void {
    if (this.#isGone) return;
    const receiver = this.#receiver;
    const isWhole = orderly && this.#body instanceof UnendingBody;
    this.destroy(true);
    if (isWhole) receiver?.ended(FieldSection.EMPTY);
    else receiver?.failed({ reason, answered: this.#answered });
  }
}

function headOf({ method, path, host, fields, framing, upgrade }: PodRequest): string {
  const coding =
    framing === "open" || framing === "chunked" ? "Transfer-Encoding: chunked\r\n" : "";
  const connection = upgrade === undefined ? "" : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields.lines}${coding}${connection}\r\n`;
}

function answerOf(head: ResponseHead, framing: Framing): PodAnswer {
  const { status, text, fieldsAt } = head;
  return {
    status,
    reason: text.slice(12, fieldsAt - 2),
    fields: FieldSection.ofLines(keptOfAnswer(head, hasLength(status))),
    framing,
  };
}

function framingOf(body: Body | undefined, takesChunks: boolean): Framing {
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
