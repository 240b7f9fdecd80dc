import type { Socket } from "node:net";
import { type Body, UnendingBody } from "./body.ts";
import { responseFraming } from "./framing.ts";
import { HeadBuffer } from "./head-buffer.ts";
import { parseResponseHead, type ResponseHead } from "./response-head.ts";
import type { UpstreamPool } from "./upstream-pool.ts";

/** Who an answer is for; told in this order, at most one of `ended` and `failed`, and nothing after it. */
export interface AnswerReceiver {
  readonly method: string;
  /** Whether a 101 may come. */
  readonly upgrading: boolean;
  /**
   * An interim answer (1xx) or the final head, with the body that follows it.
   * @param more whether a call of `body` comes right after this one.
   */
  head(head: ResponseHead, body: Body | undefined, more: boolean): void;
  /**
   * Bytes of the body, framing included, at most once per read.
   * @param pieces start and end of the content in the buffer; only asked for with `wantsContent`.
   * @returns false when no more should be read for now.
   */
  body(buffer: Buffer, start: number, end: number, pieces: readonly number[] | undefined): boolean;
  readonly wantsContent: boolean;
  /** What was written of the request is on its way: more may be written. */
  drained(): void;
  /** The answer is complete. */
  ended(): void;
  /** The protocol was switched; `rest` came with the answer and belongs to the new one. */
  switched(rest: Buffer): void;
  /** The connection ended or broke first, or what came is no HTTP. */
  failed(reason: string, error: Error | undefined): void;
}

/** One connection to an endpoint: the client side of HTTP/1.1, one exchange at a time. */
export class UpstreamConnection {
  readonly socket: Socket;
  readonly pool: UpstreamPool;
  /** When it last became idle. */
  idleSince = 0;
  /** For how long the endpoint said it would keep it, in milliseconds. */
  keepAlive: number | undefined;
  readonly #input = new HeadBuffer();
  readonly #limits: { readonly headBytes: number; readonly headerLines: number };
  #receiver: AnswerReceiver | undefined;
  #reusable = true;
  #inBody = false;
  #body: Body | undefined;
  #answered = false;
  #gone = false;

  constructor(
    socket: Socket,
    pool: UpstreamPool,
    limits: { readonly headBytes: number; readonly headerLines: number },
  ) {
    this.socket = socket;
    this.pool = pool;
    this.#limits = limits;
    socket.on("data", this.#onData);
    socket.on("drain", this.#onDrain);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onEnd);
  }

  readonly #onData = (chunk: Buffer) => this.#read(chunk);
  readonly #onDrain = () => this.#receiver?.drained();
  readonly #onEnd = () => this.#lost("the connection was closed", undefined);
  readonly #onError = (error: Error) => this.#lost(error.message, error);

  get usable(): boolean {
    return !this.#gone && this.socket.writable;
  }

  /** Whether a byte of the current answer came. */
  get answered(): boolean {
    return this.#answered;
  }

  /** Begins an exchange; the caller writes the request to `socket`. */
  begin(receiver: AnswerReceiver): void {
    this.#receiver = receiver;
    this.#inBody = false;
    this.#body = undefined;
    this.#answered = false;
  }

  /** Gives the connection up, whatever it is doing; nobody is told. */
  destroy(): void {
    this.#receiver = undefined;
    this.#gone = true;
    this.pool.forget(this);
    this.socket.destroy();
  }

  /** The exchange is over on both sides: back to the pool, or closed. */
  release(): void {
    this.#receiver = undefined;
    if (this.#reusable && this.usable) this.pool.put(this);
    else this.destroy();
  }

  /** Hands the socket over to whoever speaks the protocol that was switched to. */
  detach(): void {
    this.#receiver = undefined;
    this.#gone = true;
    const { socket } = this;
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
      this.#readBody(chunk, 0);
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
      this.#readHead(text);
    }
  }

  #readHead(text: string): void {
    const receiver = this.#receiver as AnswerReceiver;
    if (text.length > this.#limits.headBytes) {
      this.#fail("its head is too long");
      return;
    }
    const head = parseResponseHead(text, this.#limits.headerLines);
    if ("fault" in head) {
      this.#fail(head.fault.reason);
      return;
    }
    if (head.status === 101) {
      if (!receiver.upgrading) {
        this.#fail("it switches to a protocol nobody asked for");
        return;
      }
      const rest = this.#input.takeRest();
      receiver.head(head, undefined, false);
      this.detach();
      receiver.switched(rest);
      return;
    }
    if (head.status < 200) {
      receiver.head(head, undefined, false);
      return;
    }
    const body = responseFraming(head, receiver.method, this.#limits.headBytes);
    if (body !== undefined && "fault" in body) {
      this.#fail(body.fault.reason);
      return;
    }
    this.#reusable = isPersistent(head);
    this.keepAlive = keepAliveHint(head);
    this.#inBody = true;
    this.#body = body;
    const rest = this.#input.length > 0 ? this.#input.takeRest() : undefined;
    receiver.head(head, body, body !== undefined && rest !== undefined);
    if (body === undefined) this.#complete(rest !== undefined);
    else if (rest !== undefined) this.#readBody(rest, 0);
  }

  #readBody(chunk: Buffer, start: number): void {
    const receiver = this.#receiver;
    const body = this.#body;
    if (receiver === undefined) return;
    if (body === undefined) return;
    const pieces: number[] | undefined = receiver.wantsContent ? [] : undefined;
    const end = body.feed(chunk, start, pieces);
    if (end < 0) {
      this.#fail("its body is not properly chunked");
      return;
    }
    if (end > start && !receiver.body(chunk, start, end, pieces)) this.socket.pause();
    if (body.done) this.#complete(end < chunk.length);
  }

  #complete(surplus: boolean): void {
    if (surplus) this.#reusable = false;
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#body = undefined;
    receiver?.ended();
  }

  #fail(reason: string): void {
    const receiver = this.#receiver;
    this.destroy();
    receiver?.failed(reason, undefined);
  }

  #lost(reason: string, error: Error | undefined): void {
    if (this.#gone) return;
    const receiver = this.#receiver;
    const complete = error === undefined && this.#body instanceof UnendingBody;
    this.destroy();
    if (complete) receiver?.ended();
    else receiver?.failed(reason, error);
  }
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
