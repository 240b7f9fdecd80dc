import type { FieldSection } from "../exchange/field-section.ts";
import { Progress } from "../exchange/progress.ts";
import { NotReachedError } from "../not-reached.ts";
import type { Connection, Receiver } from "../transport/connection.ts";
import { LINGER_MS, linger } from "../transport/linger.ts";
import { Budget, FRAMES_FOR_DATA, IDLE_FRAMES, RESETS } from "./budget.ts";
import { ConnectionError, ErrorCode, nameOf, protocolError } from "./error-code.ts";
import { DEFAULT_WINDOW, Flag, FRAME_SIZE, FrameType, MAX_STREAM_ID, MAX_WINDOW } from "./frame.ts";
import { FrameParser, type FrameReceiver } from "./frame-parser.ts";
import { FrameWriter } from "./frame-writer.ts";
import { type Malformed, readTrailers } from "./header-section.ts";
import { type HeaderBlock, HpackDecoder, type SectionLimits } from "./hpack/decoder.ts";
import { HpackEncoder } from "./hpack/encoder.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { readSettings, Setting, type Settings, writeSettings } from "./settings.ts";
import { type Head, type Loss, STREAM_WINDOW, Stream, type StreamHost } from "./stream.ts";

/** The window of the connection, which bounds what one peer can make us hold. */
const CONNECTION_WINDOW = 4 * 1024 * 1024;
/**
 * Bytes that may wait to be sent before reading stops: a peer that reads nothing but sends PINGs and SETTINGS would
 * otherwise have us queue answers without limit.
 */
const MAX_PENDING = 256 * 1024;
/** Streams that were reset here and are remembered: the peer may still send on them until it knows. */
const MAX_RESET = 512;
/**
 * Milliseconds after which a peer is assumed to have received GOAWAY even if it doesn't acknowledge the ping behind
 * it.
 */
const GOAWAY_MS = 1_000;
const GOAWAY_PING = Buffer.from("goodbye!", "latin1");

/** What differs between the server's side of HTTP/2 and the client's. */
export interface Role<H extends Head> {
  readonly isServer: boolean;
  readonly settings: Settings;
  readonly limits: SectionLimits;
  /** Streams that the peer may have open at once. */
  readonly maxStreams: number;
  readHead(pairs: readonly string[], isCut: boolean): H | Malformed;
  /** The peer began a stream. @param ends nothing follows the head. */
  opened(stream: Stream<H>, head: H, ends: boolean): void;
  /** The peer began a stream with a malformed head; the stream was reset. */
  refused(reason: string): void;
  /** The peer's settings changed. @param connect it accepts extended CONNECT (RFC 8441). */
  allowed(streams: number, connect: boolean): void;
  /** The peer accepts no new streams. */
  left(): void;
  /** A stream has ended. @param loss why, if it was broken off. */
  forgot(loss: Loss | undefined): void;
  /** The connection has ended. @param error the peer's mistake, if that is why. */
  closed(reason: string, error: ConnectionError | undefined): void;
}

/** More about the end of a session. */
interface Over {
  /** What the other side did wrong. */
  readonly error?: ConnectionError;
  /** Nothing that was sent has arrived. */
  readonly untouched?: boolean;
}

type Block<H> = HeaderBlock<H | Malformed, FieldSection | Malformed>;

/** One HTTP/2 connection, from either side: streams and what they share (RFC 9113). */
export class Session<H extends Head> implements Receiver, StreamHost<H> {
  readonly #encoder = new HpackEncoder();
  /** By `Date.now()`, when the last stream ended. */
  idleSince = Date.now();
  readonly #role: Role<H>;
  readonly #connection: Connection;
  readonly #writer: FrameWriter;
  readonly #parser: FrameParser;
  readonly #decoder: HpackDecoder<H | Malformed, FieldSection | Malformed>;
  readonly #streams = new Map<number, Stream<H>>();
  readonly #waiting = new Set<Stream<H>>();
  /** Streams that the peer may still send on for a moment, with the time when that began. */
  readonly #lingering = new Map<Stream<H>, number>();
  /** The last streams that were reset here. */
  readonly #reset = new Set<number>();
  readonly #resets: Budget;
  readonly #idleFrames: Budget;
  readonly #progress = new Progress();
  /** Server: the highest stream that the peer began. Client: the next stream to begin. */
  #lastStream = 0;
  #nextStream = 1;
  /** The send window of the connection, and the initial one of streams. */
  #room = DEFAULT_WINDOW;
  #streamRoom = DEFAULT_WINDOW;
  /** How many streams the peer allows. */
  #mostStreams = Number.POSITIVE_INFINITY;
  #takesConnect = false;
  readonly #window = new ReceiveWindow(CONNECTION_WINDOW);
  /** `leaving`: the first GOAWAY was sent; `left`: no new streams, closes with the last one; `over`: closed. */
  #state: "open" | "leaving" | "left" | "over" = "open";
  #leavingSince = 0;

  constructor(connection: Connection, role: Role<H>) {
    this.#connection = connection;
    this.#role = role;
    this.#writer = new FrameWriter(connection);
    const most = 2 * Math.max(role.limits.bytes, FRAME_SIZE);
    this.#parser = new FrameParser(this.#receiver(), most);
    this.#decoder = new HpackDecoder(role.limits);
    const now = performance.now();
    this.#resets = new Budget(RESETS, now);
    this.#idleFrames = new Budget(IDLE_FRAMES, now);
    connection.receiver = this;
    const settings: Settings = [[Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW], ...role.settings];
    this.#writer.frame(FrameType.SETTINGS, 0, 0, writeSettings(settings));
    this.#writer.number(FrameType.WINDOW_UPDATE, 0, CONNECTION_WINDOW - DEFAULT_WINDOW);
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** The peer reads more slowly than we send. */
  get isBehind(): boolean {
    return this.#writer.pending > MAX_PENDING;
  }

  /** No new stream can begin. */
  get isLeaving(): boolean {
    return this.#state !== "open";
  }

  /** The system or the peer accepts no more for now. */
  get isFull(): boolean {
    return this.#writer.isFull || this.#room <= 0;
  }

  // Events of the transport.

  received(bytes: Buffer, length: number): void {
    try {
      this.#parser.read(bytes, length);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#fail(error);
    }
    if (this.isBehind) this.#connection.pause();
  }

  /** HTTP/2 has no half-closed connections. */
  ended(): void {
    this.#connection.close();
  }

  drained(): void {
    if (this.#connection.isPaused) this.#connection.resume();
    this.#pump();
    this.#closeIfLeft();
  }

  closed(error: Error | undefined): void {
    const untouched = error instanceof NotReachedError;
    this.#over(error?.message ?? "the connection was closed", { untouched });
  }

  // Methods for the role.

  /** Begins a stream. */
  open(): Stream<H> {
    const stream = new Stream<H>(this, this.#nextStream, this.#streamRoom);
    stream.awaitsHead = true;
    this.#streams.set(stream.id, stream);
    this.#nextStream += 2;
    // There is no stream id after the last one (RFC 9113 5.1.1).
    if (this.#nextStream > MAX_STREAM_ID) this.#state = "left";
    return stream;
  }

  /**
   * Ends the session once its open streams have ended. GOAWAY is sent in two steps, so that streams that the peer
   * begins before it learns of it are still served (RFC 9113 section 6.8).
   */
  leave(): void {
    if (this.#state !== "open") return;
    if (!this.#role.isServer) {
      this.#state = "left";
      this.#closeIfLeft();
      return;
    }
    this.#state = "leaving";
    this.#leavingSince = Date.now();
    this.#goAway(MAX_STREAM_ID, ErrorCode.NO_ERROR, "");
    this.#writer.frame(FrameType.PING, 0, 0, GOAWAY_PING);
  }

  #left(): void {
    if (this.#state !== "leaving") return;
    this.#state = "left";
    this.#goAway(this.#lastStream, ErrorCode.NO_ERROR, "");
    this.#closeIfLeft();
  }

  #closeIfLeft(): void {
    if (this.#state !== "left" || this.#streams.size > 0) return;
    this.#writer.flush();
    // Everything must be sent before closing: see drained.
    if (this.#connection.pending > 0) return;
    this.#over("the connection was closed");
    linger(this.#connection);
  }

  close(): void {
    this.#connection.close();
  }

  /** To be called regularly. @param limits in milliseconds, 0 for none. */
  check(now: number, limits: { readonly idleTime: number; readonly stallTime: number }): void {
    if (this.#state === "leaving" && now - this.#leavingSince >= GOAWAY_MS) this.#left();
    for (const [stream, since] of this.#lingering) {
      if (now - since < LINGER_MS) break;
      stream.reset(ErrorCode.NO_ERROR);
    }
    const { bytesRead, bytesWritten, pending } = this.#connection;
    if (this.#streams.size > 0 || pending === 0) {
      this.#progress.restart();
    } else if (limits.stallTime > 0) {
      const moved = bytesRead + bytesWritten - pending;
      if (this.#progress.stillFor(moved, now) >= limits.stallTime) this.#connection.close();
    }
    const isIdle = this.#streams.size === 0 && pending === 0;
    if (isIdle && limits.idleTime > 0 && now - this.idleSince >= limits.idleTime) this.leave();
  }

  // Methods for the streams.

  /** How many of so many bytes may be sent in one frame now. The caller has to send them. */
  grant(length: number): number {
    if (this.#writer.isFull) return 0;
    return Math.max(0, Math.min(length, this.#room, FRAME_SIZE));
  }

  sendData(id: number, bytes: Buffer, start: number, end: number, ends: boolean): void {
    if (this.#state === "over") return;
    this.#room -= end - start;
    this.#idleFrames.earn(FRAMES_FOR_DATA);
    this.#writer.data(id, bytes, start, end, ends);
  }

  sendSection(id: number, pseudo: readonly string[], fields: FieldSection, ends: boolean): void {
    if (this.#state === "over") return;
    const encoder = this.#encoder;
    encoder.begin();
    for (let i = 0; i < pseudo.length; i += 2) {
      encoder.field(pseudo[i] as string, pseudo[i + 1] as string);
    }
    encoder.section(fields);
    this.#writer.headers(id, encoder.bytes, encoder.length, ends);
  }

  sendReset(id: number, code: number): void {
    if (this.#state === "over") return;
    this.#writer.number(FrameType.RST_STREAM, id, code);
    this.#reset.add(id);
    const [oldest] = this.#reset;
    if (this.#reset.size > MAX_RESET) this.#reset.delete(oldest as number);
  }

  /** Allows the peer to send more on a stream. */
  sendRoom(id: number, more: number): void {
    if (this.#state !== "over") this.#writer.number(FrameType.WINDOW_UPDATE, id, more);
  }

  /** So many received bytes are processed and no longer held. */
  took(length: number): void {
    const more = this.#window.release(length);
    if (more > 0) this.sendRoom(0, more);
  }

  /** Calls the stream back when there is room again. */
  wait(stream: Stream<H>): void {
    this.#waiting.add(stream);
  }

  /** Asks the peer to stop sending on the stream if it doesn't stop by itself. */
  linger(stream: Stream<H>): void {
    this.#lingering.set(stream, Date.now());
  }

  forget(stream: Stream<H>, loss: Loss | undefined): void {
    this.#waiting.delete(stream);
    this.#lingering.delete(stream);
    this.#streams.delete(stream.id);
    if (this.#streams.size === 0) this.idleSince = Date.now();
    if (this.#state === "over") return;
    this.#role.forgot(loss);
    this.#closeIfLeft();
  }

  /** Sends as much as there is room for, one frame of each stream in turn. */
  #pump(): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const stream of this.#waiting) if (stream.pump()) moved = true;
    }
    for (const stream of this.#waiting) {
      if (this.isFull) return;
      if (stream.isHeld) continue;
      this.#waiting.delete(stream);
      // The stream writes more, and may have to wait again.
      stream.receiver?.drained();
    }
  }

  // Frames.

  #receiver(): FrameReceiver {
    return {
      data: this.#data.bind(this),
      section: this.#section.bind(this),
      reset: this.#resetBy.bind(this),
      settings: this.#settings.bind(this),
      ping: this.#ping.bind(this),
      pong: this.#pong.bind(this),
      goneAway: this.#goneAway.bind(this),
      moreRoom: this.#grow.bind(this),
      nothing: this.#spendIdle.bind(this),
    };
  }

  #data(id: number, ends: boolean, bytes: Buffer, start: number, end: number, whole: number): void {
    if (!this.#window.take(whole)) {
      throw flowError("more data than the connection has room for");
    }
    if (whole === 0 && !ends) this.#spendIdle();
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.hasEnded) {
      this.took(whole);
      if (this.#isIdle(id)) throw protocolError("data on a stream that has not begun");
      if (stream !== undefined) this.#error(stream, ErrorCode.STREAM_CLOSED, "data after its end");
      else if (!this.#reset.has(id)) this.sendReset(id, ErrorCode.STREAM_CLOSED);
      return;
    }
    if (stream.awaitsHead) {
      this.took(whole);
      this.#error(stream, ErrorCode.PROTOCOL_ERROR, "content before a head");
      return;
    }
    if (!stream.take(whole)) {
      this.took(whole);
      this.#error(stream, ErrorCode.FLOW_CONTROL_ERROR, "more data than it has room for");
      return;
    }
    if (end - start < whole) stream.skip(whole - (end - start));
    if (!stream.received(bytes, start, end, ends)) {
      this.took(end - start);
      this.#error(
        stream,
        ErrorCode.PROTOCOL_ERROR,
        "not as much content as its content-length says",
      );
    }
  }

  #section(id: number, ends: boolean, bytes: Buffer, start: number, end: number): void {
    // Even a section that is then refused has to be decoded, to keep the table in step.
    const block = this.#decoder.decode(bytes, start, end);
    const stream = this.#streams.get(id);
    if (stream === undefined) {
      if (this.#isIdle(id)) this.#begun(id, this.#headOf(block), ends);
      else if (!this.#reset.has(id))
        throw new ConnectionError(ErrorCode.STREAM_CLOSED, "a header section on a closed stream");
      return;
    }
    if (stream.hasEnded) {
      this.#error(stream, ErrorCode.STREAM_CLOSED, "a header section after its end");
    } else if (!stream.awaitsHead) {
      block.trailers ??= readTrailers(block.pairs, block.isCut);
      this.#trailers(stream, block.trailers, ends);
    } else {
      this.#head(stream, this.#headOf(block), ends);
    }
  }

  #headOf(block: Block<H>): H | Malformed {
    block.head ??= this.#role.readHead(block.pairs, block.isCut);
    return block.head;
  }

  /** The peer begins a stream. */
  #begun(id: number, head: H | Malformed, ends: boolean): void {
    if (!this.#role.isServer || id % 2 === 0)
      throw protocolError("a stream that this side would begin");
    this.#lastStream = id;
    if (this.#state === "left" || this.#streams.size >= this.#role.maxStreams) {
      this.#spendIdle();
      this.sendReset(id, ErrorCode.REFUSED_STREAM);
      return;
    }
    const malformed = malformation(head, ends);
    if (malformed !== undefined) {
      this.#spendReset();
      this.sendReset(id, ErrorCode.PROTOCOL_ERROR);
      this.#role.refused(malformed);
      return;
    }
    const stream = new Stream<H>(this, id, this.#streamRoom);
    stream.expected = (head as H).contentLength;
    this.#streams.set(id, stream);
    if (ends) stream.endedWithHead();
    this.#role.opened(stream, head as H, ends);
  }

  /** The head of an answer, final or interim. */
  #head(stream: Stream<H>, head: H | Malformed, ends: boolean): void {
    if ("malformed" in head) {
      this.#error(stream, ErrorCode.PROTOCOL_ERROR, head.malformed);
      return;
    }
    const { receiver } = stream;
    if (ends) stream.endedWithHead();
    receiver?.answered(head, ends);
  }

  #trailers(stream: Stream<H>, trailers: FieldSection | Malformed, ends: boolean): void {
    if ("malformed" in trailers) {
      this.#error(stream, ErrorCode.PROTOCOL_ERROR, trailers.malformed);
    } else if (!ends) {
      this.#error(stream, ErrorCode.PROTOCOL_ERROR, "a trailer section that is not the end");
    } else if (!stream.receivedTrailers(trailers)) {
      this.#error(stream, ErrorCode.PROTOCOL_ERROR, "less content than its content-length says");
    }
  }

  #resetBy(id: number, code: number): void {
    if (this.#isIdle(id)) throw protocolError("a reset of a stream that has not begun");
    const stream = this.#streams.get(id);
    if (stream === undefined) {
      this.#spendIdle();
      return;
    }
    this.#spendReset();
    // A reset with NO_ERROR ends an answer, even one whose END_STREAM is missing: Node's servers leave it out at
    // times.
    const isEnd = !this.#role.isServer && code === ErrorCode.NO_ERROR && !stream.awaitsHead;
    if (isEnd && (stream.hasEnded || stream.received(NOTHING, 0, 0, true))) {
      stream.stop();
      return;
    }
    const untouched = code === ErrorCode.REFUSED_STREAM;
    stream.lose({ reason: `the stream was reset: ${nameOf(code)}`, code, untouched });
  }

  #settings(bytes: Buffer, start: number, end: number): void {
    this.#spendIdle();
    readSettings(bytes, start, end, (setting, value) => {
      if (setting === Setting.HEADER_TABLE_SIZE) this.#encoder.resize(value);
      else if (setting === Setting.MAX_CONCURRENT_STREAMS) this.#mostStreams = value;
      else if (setting === Setting.INITIAL_WINDOW_SIZE) this.#resizeWindows(value);
      else if (setting === Setting.ENABLE_CONNECT_PROTOCOL) this.#takesConnect = value === 1;
    });
    this.#writer.frame(FrameType.SETTINGS, Flag.ACK, 0, NOTHING);
    this.#role.allowed(this.#mostStreams, this.#takesConnect);
    this.#pump();
  }

  #resizeWindows(size: number): void {
    const more = size - this.#streamRoom;
    this.#streamRoom = size;
    for (const stream of this.#streams.values()) {
      if (!stream.grow(more)) throw flowError("a window beyond 2^31 - 1");
    }
  }

  #ping(payload: Buffer): void {
    this.#spendIdle();
    this.#writer.frame(FrameType.PING, Flag.ACK, 0, payload);
  }

  #pong(payload: Buffer): void {
    if (payload.equals(GOAWAY_PING)) this.#left();
  }

  #goneAway(last: number, code: number): void {
    if (this.#state !== "left") {
      this.#state = "left";
      this.#role.left();
    }
    if (!this.#role.isServer) {
      const reason = `the connection is being closed: ${nameOf(code)}`;
      for (const stream of [...this.#streams.values()]) {
        if (stream.id > last) stream.lose({ reason, code, untouched: true });
      }
    }
    this.#closeIfLeft();
  }

  #grow(id: number, more: number): void {
    this.#spendIdle();
    if (id === 0) {
      if (more === 0) throw protocolError("a window update of nothing");
      this.#room += more;
      if (this.#room > MAX_WINDOW) throw flowError("a window beyond 2^31 - 1");
      this.#pump();
      return;
    }
    if (this.#isIdle(id)) throw protocolError("a window update of a stream that has not begun");
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (more === 0) {
      this.#error(stream, ErrorCode.PROTOCOL_ERROR, "a window update of nothing");
    } else if (!stream.grow(more)) {
      this.#error(stream, ErrorCode.FLOW_CONTROL_ERROR, "a window beyond 2^31 - 1");
    } else if (this.#waiting.has(stream)) {
      this.#pump();
    }
  }

  // Errors.

  /** Whether neither side has begun that stream. */
  #isIdle(id: number): boolean {
    if (id === 0 || id % 2 === 0) return true;
    return this.#role.isServer ? id > this.#lastStream : id >= this.#nextStream;
  }

  /** A mistake of the peer that ends the stream. */
  #error(stream: Stream<H>, code: number, reason: string): void {
    this.#spendReset();
    this.sendReset(stream.id, code);
    stream.lose({ reason, code, untouched: false });
  }

  #spendReset(): void {
    if (!this.#role.isServer || this.#resets.spend(performance.now())) return;
    throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "too many streams were reset");
  }

  #spendIdle(): void {
    if (this.#idleFrames.spend(performance.now())) return;
    throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "too many frames that move nothing");
  }

  #goAway(last: number, code: number, reason: string): void {
    const payload = Buffer.alloc(8 + reason.length);
    payload.writeUInt32BE(last, 0);
    payload.writeUInt32BE(code, 4);
    payload.write(reason, 8, "latin1");
    this.#writer.frame(FrameType.GOAWAY, 0, 0, payload);
  }

  #fail(error: ConnectionError): void {
    if (this.#state === "over") return;
    this.#goAway(this.#role.isServer ? this.#lastStream : 0, error.code, error.message);
    this.#writer.flush();
    this.#over(error.message, { error });
    linger(this.#connection);
  }

  #over(reason: string, { error, untouched = false }: Over = {}): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#parser.stop();
    this.#writer.drop();
    for (const stream of [...this.#streams.values()]) stream.lose({ reason, untouched });
    this.#role.closed(reason, error);
  }
}

function malformation(head: Head | Malformed, ends: boolean): string | undefined {
  if ("malformed" in head) return head.malformed;
  const isShort = ends && head.contentLength !== undefined && head.contentLength > 0;
  return isShort ? "less content than its content-length says" : undefined;
}

function flowError(message: string): ConnectionError {
  return new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, message);
}

const NOTHING = Buffer.alloc(0);
