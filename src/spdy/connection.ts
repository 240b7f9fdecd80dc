import { Duplex } from "node:stream";
import {
  dataFrame,
  openFrame,
  pingFrame,
  replyFrame,
  resetFrame,
  type SpdyFrame,
  SpdyReader,
} from "./frames.ts";
import { HeaderReader, HeaderWriter } from "./headers.ts";

const CANCEL = 5;
/** More than a client has open at once. */
const MAX_STREAMS = 4096;
/** What of a stream's data goes into one frame. */
const MAX_DATA = 32 * 1024;

/** One stream of a connection. */
export class SpdyStream extends Duplex {
  readonly headers: ReadonlyMap<string, string>;
  readonly #id: number;
  readonly #send: (frame: Buffer, done: () => void) => void;
  readonly #onRead: () => void;
  #awaitsAnswer = false;
  #hasAnswered = false;
  #lastWord: (() => Promise<unknown>) | undefined;

  constructor(
    id: number,
    headers: ReadonlyMap<string, string>,
    send: (frame: Buffer, done: () => void) => void,
    onRead: () => void,
  ) {
    super({ allowHalfOpen: true, emitClose: true });
    this.#id = id;
    this.headers = headers;
    this.#send = send;
    this.#onRead = onRead;
    this.on("error", () => {});
  }

  /** Whether something was written, and nothing has come since. */
  get awaitsAnswer(): boolean {
    return this.#awaitsAnswer;
  }

  /** Whether anything has ever come. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Something has come. */
  answered(): void {
    this.#awaitsAnswer = false;
    this.#hasAnswered = true;
    this.emit("answer");
  }

  /** Holds back the end of a peer that sent nothing before it: what is told by then may say why. */
  endAfter(lastWord: () => Promise<unknown>): void {
    this.#lastWord = lastWord;
  }

  /** The peer has ended. */
  ended(): void {
    if (this.#hasAnswered || this.#lastWord === undefined) this.push(null);
    else void this.#lastWord().finally(() => !this.destroyed && this.push(null));
  }

  override _read(): void {
    this.#onRead();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#awaitsAnswer = true;
    const frames: Buffer[] = [];
    for (let at = 0; at < chunk.length; at += MAX_DATA) {
      frames.push(dataFrame(this.#id, chunk.subarray(at, at + MAX_DATA), false));
    }
    this.#send(Buffer.concat(frames), done);
  }

  override _final(done: () => void): void {
    this.#send(dataFrame(this.#id, Buffer.alloc(0), true), done);
  }
}

/**
 * SPDY/3.1 over a connection, as Kubernetes uses it: the client opens streams, both sides send data, nobody counts
 * windows. A stream that isn't read holds up the whole connection, as it does upstream.
 */
export class SpdyConnection {
  readonly #carrier: Duplex;
  readonly #onStream: ((stream: SpdyStream) => void) | undefined;
  #nextId = 1;
  readonly #reader = new SpdyReader();
  readonly #headers = new HeaderReader();
  readonly #writer = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();
  #heldUpAt: number | undefined;
  #hasReceived = false;
  #closesWhenIdle = false;
  #pings = 0;
  readonly #pinged = new Map<number, () => void>();

  /** @param onStream takes the streams that the peer opens; absent at the client, whose peer opens none */
  constructor(carrier: Duplex, onStream?: (stream: SpdyStream) => void) {
    this.#carrier = carrier;
    this.#onStream = onStream;
    carrier.on("error", () => {});
    carrier.once("close", () => this.#close());
    void this.#run();
  }

  /** Opens a stream; it may be written to at once. */
  open(headers: Readonly<Record<string, string>>): SpdyStream {
    const id = this.#nextId;
    this.#nextId += 2;
    this.#carrier.write(openFrame(id, this.#writer.write(headers)));
    const stream = this.#add(id, new Map(Object.entries(headers)));
    // Nothing would ever end it.
    if (this.isClosed) stream.destroy();
    return stream;
  }

  get isClosed(): boolean {
    return this.#carrier.destroyed;
  }

  /** Whether streams may be opened. */
  get isOpen(): boolean {
    return !this.isClosed && !this.#closesWhenIdle;
  }

  close(): void {
    this.#carrier.destroy();
  }

  /** For how long a stream that isn't read has kept anything else from being received, in milliseconds. */
  get heldUpFor(): number {
    return this.#heldUpAt === undefined ? 0 : performance.now() - this.#heldUpAt;
  }

  /** No stream will be opened any more. */
  closeWhenIdle(): void {
    this.#closesWhenIdle = true;
    if (this.#streams.size === 0) this.close();
  }

  /** @returns when the peer has answered a ping, and with it what was sent before has arrived; or it never will */
  ping(): Promise<void> {
    const id = this.#pings++ * 2 + this.#parity;
    if (this.isClosed) return Promise.resolve();
    this.#carrier.write(pingFrame(id));
    return new Promise((resolve) => this.#pinged.set(id, resolve));
  }

  /** Asks for a sign of life when nothing has come for a while, and closes when none comes for as long again. */
  keepAlive(interval: number): void {
    let isAsked = false;
    const timer = setInterval(() => {
      // What waits to be received may well be the sign.
      if (this.#hasReceived || this.#heldUpAt !== undefined) isAsked = false;
      else if (isAsked) this.close();
      else {
        isAsked = true;
        void this.ping();
      }
      this.#hasReceived = false;
    }, interval).unref();
    this.#carrier.once("close", () => clearInterval(timer));
  }

  /** Of what a side numbers: a client's numbers are odd. */
  get #parity(): number {
    return this.#onStream === undefined ? 1 : 0;
  }

  async #run(): Promise<void> {
    try {
      for await (const chunk of this.#carrier as AsyncIterable<Buffer>) {
        this.#hasReceived = true;
        for (const frame of this.#reader.read(chunk)) await this.#receive(frame);
      }
    } catch {
      // A peer that breaks the protocol or the connection is done with.
    }
    this.#carrier.destroy();
    this.#close();
  }

  async #receive(frame: SpdyFrame): Promise<void> {
    switch (frame.type) {
      case "syn-stream": {
        // Read even where it is refused: the next block builds on it.
        const headers = await this.#headers.read(frame.block);
        this.#open(frame.stream, headers, frame.isLast);
        break;
      }
      case "headers":
        await this.#headers.read(frame.block);
        if (frame.isLast) this.#streams.get(frame.stream)?.ended();
        break;
      case "data":
        await this.#data(frame.stream, frame.data, frame.isLast);
        break;
      case "reset":
        this.#streams.get(frame.stream)?.destroy();
        this.#streams.delete(frame.stream);
        break;
      case "ping":
        if (frame.id % 2 !== this.#parity) this.#carrier.write(pingFrame(frame.id));
        else this.#answered(frame.id);
        break;
      case "go-away":
      case "other":
        break;
    }
  }

  /** A number of ours: the answer to a ping that was sent from here. */
  #answered(id: number): void {
    this.#pinged.get(id)?.();
    this.#pinged.delete(id);
  }

  #open(id: number, headers: ReadonlyMap<string, string>, isLast: boolean): void {
    const isRefused = this.#onStream === undefined || this.#streams.size >= MAX_STREAMS;
    if (isRefused || this.#streams.has(id)) {
      this.#carrier.write(resetFrame(id, CANCEL));
      return;
    }
    const stream = this.#add(id, headers);
    this.#carrier.write(replyFrame(id, this.#writer.write()));
    if (isLast) stream.ended();
    this.#onStream?.(stream);
  }

  #add(id: number, headers: ReadonlyMap<string, string>): SpdyStream {
    const stream = new SpdyStream(
      id,
      headers,
      (bytes, done) => {
        if (this.#carrier.destroyed) done();
        else this.#carrier.write(bytes, () => done());
      },
      () => this.#reading.get(id)?.(),
    );
    this.#streams.set(id, stream);
    stream.once("close", () => {
      this.#streams.delete(id);
      // Given up before both sides had ended: the peer has to know.
      if (!stream.writableFinished && !this.#carrier.destroyed) {
        this.#carrier.write(resetFrame(id, CANCEL));
      }
      if (this.#closesWhenIdle && this.#streams.size === 0) this.close();
    });
    return stream;
  }

  /** Callbacks of writers that wait until a full stream was read. */
  readonly #reading = new Map<number, () => void>();

  async #data(id: number, data: Buffer, isLast: boolean): Promise<void> {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.destroyed) return;
    if (data.length > 0) stream.answered();
    const hasRoom = data.length === 0 || stream.push(data);
    if (isLast) stream.ended();
    if (hasRoom || isLast) return;
    this.#heldUpAt = performance.now();
    await new Promise<void>((resolve) => {
      const go = () => {
        this.#heldUpAt = undefined;
        this.#reading.delete(id);
        stream.off("close", go);
        resolve();
      };
      this.#reading.set(id, go);
      stream.once("close", go);
    });
  }

  #close(): void {
    this.#headers.close();
    for (const stream of this.#streams.values()) stream.destroy();
    this.#streams.clear();
    for (const id of this.#pinged.keys()) this.#answered(id);
  }
}
