import { STATUS_CODES } from "node:http";
import { hasContent, hasLength } from "../../exchange/content.ts";
import { FieldSection } from "../../exchange/field-section.ts";
import type {
  AnswerReceiver,
  BodyFraming,
  Carrier,
  PodAnswer,
  PodRequest,
} from "../../exchange/outbound.ts";
import { passesInAnswer } from "../../exchange/passed-on.ts";
import type { AnswerHead } from "../../http2/answer-head.ts";
import { ErrorCode } from "../../http2/error-code.ts";
import { fieldValue, keptFields } from "../../http2/header-section.ts";
import type { Loss, Stream, StreamReceiver } from "../../http2/stream.ts";
import { StreamChannel } from "../../http2/stream-channel.ts";
import { ACCEPT, acceptOf, KEY, WEBSOCKET } from "../../http2/websocket.ts";
import type { PodSession } from "./pod-session.ts";

/** One exchange on a stream to a pod. */
export class Http2Carrier implements Carrier, StreamReceiver<AnswerHead> {
  readonly reused: boolean;
  readonly #session: PodSession;
  #receiver: AnswerReceiver | undefined;
  #stream: Stream<AnswerHead> | undefined;
  #method = "";
  /** The key of the client's handshake, for a WebSocket. */
  #key: string | undefined;

  constructor(session: PodSession) {
    this.#session = session;
    this.reused = session.isUsed;
    session.reserve();
  }

  get moved(): number {
    return this.#stream?.moved ?? 0;
  }

  begin(request: PodRequest, receiver: AnswerReceiver): void {
    if (request.upgrade !== undefined && !this.#session.takesConnect) {
      this.#session.giveBack();
      const reason = "it takes no WebSockets over HTTP/2 (RFC 8441), which its settings would say";
      receiver.failed({ reason, answered: true });
      return;
    }
    const stream = this.#session.open();
    if (stream === undefined) {
      receiver.failed({ reason: "the connection is being closed", untouched: true });
      return;
    }
    this.#method = request.method;
    this.#receiver = receiver;
    this.#stream = stream;
    stream.receiver = this;
    stream.resume();
    if (request.upgrade === undefined) {
      stream.sendHead(firstFields(request), request.fields, request.framing === "none");
      return;
    }
    const { pairs } = request.fields;
    this.#key = fieldValue(pairs, KEY) ?? "";
    const connect = { ...request, method: "CONNECT" };
    const pseudo = [":protocol", WEBSOCKET, ...firstFields(connect)];
    stream.sendHead(
      pseudo,
      keptFields(pairs, (name) => name !== KEY),
      false,
    );
  }

  write(buffer: Buffer, start: number, end: number, last: boolean): boolean {
    return this.#stream?.write(buffer, start, end, last) ?? true;
  }

  end(trailers: FieldSection): void {
    this.#stream?.end(trailers);
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  release(): void {
    this.#receiver = undefined;
    // The answer is complete, so the rest of the request is not sent (RFC 9113 section 8.1).
    this.#stream?.reset(ErrorCode.NO_ERROR);
  }

  cancel(code: number): void {
    this.#receiver = undefined;
    if (this.#stream === undefined) this.#session.giveBack();
    else this.#stream.reset(code);
  }

  // The pod's answer.

  answered(head: AnswerHead, ends: boolean): void {
    const { status } = head;
    if (head.isCut) {
      this.#fail("its head is too long");
    } else if (status >= 100 && status < 200) {
      if (ends) this.#fail("an interim answer that is the last");
      else this.#receiver?.interim(answerOf(head, "none"));
    } else {
      this.#final(head, ends);
    }
  }

  #final(head: AnswerHead, ends: boolean): void {
    const stream = this.#stream as Stream<AnswerHead>;
    stream.awaitsHead = false;
    if (this.#key !== undefined && head.status < 300) {
      this.#switched(head, this.#key, stream);
      return;
    }
    const length = hasContent(this.#method, head.status) ? head.contentLength : undefined;
    stream.expected = length;
    if (ends && length !== undefined && length > 0) {
      this.#fail("less content than its content-length says");
      return;
    }
    const framing = ends ? "none" : head.contentLength !== undefined ? "sized" : "open";
    this.#receiver?.head(answerOf(head, framing), false);
    if (ends) this.ended(FieldSection.EMPTY);
  }

  #switched(head: AnswerHead, key: string, stream: Stream<AnswerHead>): void {
    const receiver = this.#receiver;
    const { fields } = answerOf(head, "none");
    const channel = new StreamChannel(stream, ErrorCode.CANCEL);
    this.#receiver = undefined;
    receiver?.switched(
      {
        status: 101,
        reason: " Switching Protocols",
        fields: keptFields(
          fields.pairs,
          (name) => name !== "content-length" && name !== ACCEPT,
        ).plus("upgrade", WEBSOCKET, ACCEPT, acceptOf(key)),
        framing: "none",
      },
      channel,
      NOTHING,
    );
  }

  data(bytes: Buffer, start: number, end: number, last: boolean): void {
    if (this.#receiver?.part(bytes, start, end, last) === false) this.#stream?.pause();
  }

  ended(trailers: FieldSection): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.ended(trailers);
  }

  drained(): void {
    this.#receiver?.drained();
  }

  lost({ reason, untouched, code }: Loss): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.failed({ reason, untouched, ...(code !== undefined && { code }) });
  }

  #fail(reason: string): void {
    const receiver = this.#receiver;
    this.cancel(ErrorCode.PROTOCOL_ERROR);
    receiver?.failed({ reason, answered: true });
  }
}

const NOTHING = Buffer.alloc(0);

function answerOf(head: AnswerHead, framing: BodyFraming): PodAnswer {
  const { status } = head;
  head.passedOn ??= keptFields(
    head.fields,
    (name) => passesInAnswer(name) && (name !== "content-length" || hasLength(status)),
  );
  return { status, reason: ` ${STATUS_CODES[status] ?? ""}`, fields: head.passedOn, framing };
}

function firstFields({ method, path, host, takesTrailers }: PodRequest): string[] {
  const pseudo = [":method", method, ":scheme", "http", ":authority", host, ":path", path];
  // The only value of TE that HTTP/2 allows; gRPC servers require it.
  if (takesTrailers) pseudo.push("te", "trailers");
  return pseudo;
}
