import { FieldSection } from "../exchange/field-section.ts";
import { owned } from "../transport/read-memory.ts";
import { MAX_WINDOW } from "./frame.ts";
import { ReceiveWindow } from "./receive-window.ts";

/** The receive window of each stream. */
export const STREAM_WINDOW = 256 * 1024;

/** Why a stream was broken off. */
export interface Loss {
  readonly reason: string;
  /** The peer's error code; absent when the connection broke. */
  readonly code?: number | undefined;
  /** The peer states that it did not process the stream at all (RFC 9113 section 8.7). */
  readonly untouched: boolean;
}

/** Receives what arrives on a stream. Never called from within a call of the stream, except `resume`. */
export interface StreamReceiver<H> {
  /** The head of the answer, on a stream that this side began. @param ends nothing follows. */
  answered(head: H, ends: boolean): void;
  /**
   * A part of the content; the bytes are valid during the call only.
   * @param last nothing follows, not even trailers.
   */
  data(bytes: Buffer, start: number, end: number, last: boolean): void;
  /** The peer's message is complete; not called when its head was marked as the end. */
  ended(trailers: FieldSection): void;
  /** Everything written was sent: more may be written. */
  drained(): void;
  /** The last call. */
  lost(loss: Loss): void;
}

/** What a session has to know of the head of a message. */
export interface Head {
  readonly contentLength: number | undefined;
}

/** The connection that streams share: what a stream asks of it. */
export interface StreamHost<H extends Head> {
  /** So much waits to be sent that nothing should be added. */
  readonly isFull: boolean;
  /** @param pseudo names and values in turn. @param ends nothing follows. */
  sendSection(id: number, pseudo: readonly string[], fields: FieldSection, ends: boolean): void;
  sendData(id: number, bytes: Buffer, start: number, end: number, ends: boolean): void;
  sendReset(id: number, code: number): void;
  /** Allows the peer to send more on a stream. */
  sendRoom(id: number, more: number): void;
  /** Takes from the connection's send window. @returns how much may be sent now. */
  grant(wanted: number): number;
  /** So many received bytes are processed and no longer held. */
  took(length: number): void;
  /** Calls the stream back when there is room again. */
  wait(stream: Stream<H>): void;
  /** Asks the peer to stop sending on the stream if it doesn't stop by itself within a moment. */
  linger(stream: Stream<H>): void;
  /** The stream is over. */
  forget(stream: Stream<H>, loss: Loss | undefined): void;
}

/** One stream: a message each way, within the windows of both sides. */
export class Stream<H extends Head> {
  readonly id: number;
  receiver: StreamReceiver<H> | undefined;
  /** Called once, when the stream is over in both directions. */
  onOver: (() => void) | undefined;
  /** Bytes of content that were received or sent. */
  moved = 0;
  /** While true, received content is held until {@link resume}. */
  isPaused = true;
  /** The peer's message is complete, though part of it may not have been delivered yet. */
  hasEnded = false;
  /** The next header section is a head, not trailers. */
  awaitsHead = false;
  /** The Content-Length: exactly so much content has to come. */
  expected: number | undefined;
  readonly #session: StreamHost<H>;
  #isOver = false;

  // Sending.
  #room: number;
  #queue: Buffer[] = [];
  /** The trailers; undefined until the end of the content is known. */
  #trailers: FieldSection | undefined;
  #endSent = false;
  #leaves = false;

  // Receiving.
  readonly #window = new ReceiveWindow(STREAM_WINDOW);
  #received = 0;
  #held: Buffer[] = [];
  #receivedTrailers = FieldSection.EMPTY;
  /** The receiver was told of the end. */
  #told = false;

  constructor(session: StreamHost<H>, id: number, room: number) {
    this.#session = session;
    this.id = id;
    this.#room = room;
  }

  get isOpen(): boolean {
    return !this.#isOver && !this.#endSent && this.#trailers === undefined;
  }

  /** Content waits for the peer's window to open. */
  get isHeld(): boolean {
    return this.#queue.length > 0;
  }

  /** Bytes that wait for the peer's window to open. */
  get pending(): number {
    return this.#queue.reduce((sum, { length }) => sum + length, 0);
  }

  /** Received content was not delivered yet. */
  get hasMore(): boolean {
    return this.#held.length > 0;
  }

  /** Everything that the peer sent was delivered. */
  get isRead(): boolean {
    return this.#told;
  }

  // Sending.

  /** @param pseudo names and values in turn. @param ends nothing follows. */
  sendHead(pseudo: readonly string[], fields: FieldSection, ends: boolean): void {
    if (!this.isOpen) return;
    this.#session.sendSection(this.id, pseudo, fields, ends);
    if (ends) this.#sentEnd();
  }

  /** @returns false when the caller should wait for {@link StreamReceiver.drained}. See {@link StreamReceiver.data}. */
  write(bytes: Buffer, start: number, end: number, last: boolean): boolean {
    if (!this.isOpen) return true;
    if (last) this.#trailers = FieldSection.EMPTY;
    if (this.#queue.length > 0) {
      if (start < end) this.#queue.push(owned(bytes.subarray(start, end)));
      return false;
    }
    const at = this.#send(bytes, start, end, last);
    if (at < end) this.#queue.push(owned(bytes.subarray(at, end)));
    else if (last && start === end) this.#sendEnd();
    if (this.#queue.length === 0 && !this.#session.isFull) return true;
    this.#session.wait(this);
    return false;
  }

  /** The message is complete. */
  end(trailers: FieldSection): void {
    if (!this.isOpen) return;
    this.#trailers = trailers;
    if (this.#queue.length === 0) this.#sendEnd();
  }

  /** Sends as much as the windows allow. @returns up to where. */
  #send(bytes: Buffer, start: number, end: number, last: boolean): number {
    let at = start;
    while (at < end) {
      const next = at + this.#session.grant(Math.min(end - at, this.#room));
      if (next === at) break;
      const ends = last && next === end;
      this.#session.sendData(this.id, bytes, at, next, ends);
      this.#room -= next - at;
      this.moved += next - at;
      at = next;
      if (ends) this.#sentEnd();
    }
    return at;
  }

  /** Sends one frame of the waiting content. @returns whether the windows allowed it. */
  pump(): boolean {
    const [first] = this.#queue;
    if (first === undefined) return false;
    const length = this.#session.grant(Math.min(first.length, this.#room));
    if (length === 0) return false;
    const isLast = this.#queue.length === 1 && this.#trailers?.isEmpty === true;
    if (length === first.length) this.#queue.shift();
    else this.#queue[0] = first.subarray(length);
    this.#send(first, 0, length, isLast && length === first.length);
    if (this.#queue.length === 0 && this.#trailers !== undefined) this.#sendEnd();
    return true;
  }

  #sendEnd(): void {
    if (this.#endSent) return;
    const trailers = this.#trailers as FieldSection;
    if (trailers.isEmpty) {
      this.#session.sendData(this.id, NOTHING, 0, 0, true);
    } else {
      this.#session.sendSection(this.id, [], trailers, true);
    }
    this.#sentEnd();
  }

  #sentEnd(): void {
    this.#endSent = true;
    if (this.#leaves && !this.hasEnded) this.#session.linger(this);
    else this.#overIfDone();
  }

  /** The peer has sent everything and asks for nothing more of this side (RFC 9113 section 8.1). */
  stop(): void {
    this.#queue = [];
    this.#trailers ??= FieldSection.EMPTY;
    this.#endSent = true;
    this.#overIfDone();
  }

  /** The peer's window grew. @returns false when it exceeds the largest that is allowed. */
  grow(more: number): boolean {
    this.#room += more;
    return this.#room <= MAX_WINDOW;
  }

  // Receiving.

  /** @returns false when the peer sent more than the window allows. */
  take(length: number): boolean {
    return this.#window.take(length);
  }

  /** The padding of a frame: it counts against the window but is no content. */
  skip(length: number): void {
    this.#took(length);
  }

  /** @returns false when it contradicts the Content-Length. */
  received(bytes: Buffer, start: number, end: number, ends: boolean): boolean {
    const length = end - start;
    this.#received += length;
    this.moved += length;
    const { expected } = this;
    if (
      expected !== undefined &&
      (this.#received > expected || (ends && this.#received < expected))
    ) {
      return false;
    }
    if (ends) this.#end(FieldSection.EMPTY);
    if (this.isPaused || this.#held.length > 0) {
      if (length > 0) this.#held.push(owned(bytes.subarray(start, end)));
    } else {
      if (length > 0) this.#pass(bytes, start, end);
      if (ends && !this.isPaused) this.#tellEnd();
    }
    return true;
  }

  /** @returns false when less content came than Content-Length announced. */
  receivedTrailers(trailers: FieldSection): boolean {
    if (this.expected !== undefined && this.#received < this.expected) return false;
    this.#end(trailers);
    if (!this.isPaused && this.#held.length === 0) this.#tellEnd();
    return true;
  }

  /** The peer's message consisted of a head alone. */
  endedWithHead(): void {
    this.#end(FieldSection.EMPTY);
    this.#told = true;
    this.#overIfDone();
  }

  #end(trailers: FieldSection): void {
    this.hasEnded = true;
    this.#receivedTrailers = trailers;
  }

  #pass(bytes: Buffer, start: number, end: number): void {
    const last = this.hasEnded && this.#held.length === 0 && this.#receivedTrailers.isEmpty;
    this.#took(end - start);
    this.receiver?.data(bytes, start, end, last);
  }

  #tellEnd(): void {
    if (this.#told) return;
    this.#told = true;
    const { receiver } = this;
    this.#overIfDone();
    receiver?.ended(this.#receivedTrailers);
  }

  #took(length: number): void {
    this.#session.took(length);
    const more = this.#window.release(length);
    if (more > 0 && !this.hasEnded) this.#session.sendRoom(this.id, more);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    while (!this.isPaused) {
      const next = this.#held.shift();
      if (next === undefined) break;
      this.#pass(next, 0, next.length);
    }
    const isTold = this.#held.length === 0 && !this.isPaused && !this.#isOver;
    if (this.hasEnded && isTold) this.#tellEnd();
  }

  // The end of the stream.

  /** Cancels the stream in both directions. The receiver is not called again. */
  reset(code: number): void {
    if (this.#isOver) return;
    this.#session.sendReset(this.id, code);
    this.#over();
  }

  /**
   * Sends what was written, and drops what the peer still sends. It is asked to stop (RFC 9113 section 8.1) only
   * after a moment: some clients discard an answer that comes together with a reset.
   */
  leave(): void {
    this.receiver = undefined;
    this.#leaves = true;
    this.#discard();
    this.isPaused = false;
    this.#told = this.hasEnded;
    if (this.#endSent && !this.hasEnded) this.#session.linger(this);
    else this.#overIfDone();
  }

  /** The stream was broken off. */
  lose(loss: Loss): void {
    const { receiver } = this;
    this.#over(loss);
    receiver?.lost(loss);
  }

  #overIfDone(): void {
    if (this.#endSent && this.#told) this.#over();
  }

  #over(loss?: Loss): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue = [];
    this.#discard();
    this.#session.forget(this, loss);
    this.onOver?.();
  }

  #discard(): void {
    for (const { length } of this.#held) this.#session.took(length);
    this.#held = [];
  }
}

const NOTHING = Buffer.alloc(0);
