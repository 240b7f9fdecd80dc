import { constants, createInflate, type Inflate } from "node:zlib";
import { SPDY_DICTIONARY } from "./dictionary.ts";
import { SpdyError } from "./frames.ts";

/** A header block unpacks to at most this much. */
const MAX_BLOCK = 64 * 1024;

/** Reads header blocks, which are pieces of one compressed stream. */
export class HeaderReader {
  readonly #inflate: Inflate;
  #unpacked: Buffer[] = [];
  #length = 0;
  #fail: ((error: Error) => void) | undefined;

  constructor() {
    this.#inflate = createInflate({
      dictionary: SPDY_DICTIONARY,
      flush: constants.Z_SYNC_FLUSH,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    this.#inflate.on("data", (chunk: Buffer) => {
      this.#length += chunk.length;
      // What is left of it is not even unpacked.
      if (this.#length > MAX_BLOCK) this.#inflate.destroy();
      else this.#unpacked.push(chunk);
    });
    this.#inflate.on("error", (error) => this.#fail?.(new SpdyError(error.message)));
  }

  /**
   * Blocks have to be read one after the other.
   * @throws SpdyError
   */
  async read(block: Buffer): Promise<ReadonlyMap<string, string>> {
    this.#unpacked = [];
    this.#length = 0;
    await new Promise<void>((resolve, reject) => {
      this.#fail = reject;
      if (this.#inflate.destroyed) reject(new SpdyError("a broken header block came before"));
      else this.#inflate.write(block, (error) => (error ? reject(error) : resolve()));
    });
    // When a write is done, the last of what it unpacked may still wait to be handed out.
    while (this.#inflate.readableLength > 0) this.#inflate.read();
    if (this.#length > MAX_BLOCK) throw new SpdyError("a header block that unpacks to too much");
    return parseHeaders(Buffer.concat(this.#unpacked));
  }

  close(): void {
    this.#inflate.destroy();
  }
}

/** @throws SpdyError */
export function parseHeaders(block: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  const number = () => {
    if (at + 4 > block.length) throw new SpdyError("a header block that is cut off");
    const value = block.readUInt32BE(at);
    at += 4;
    return value;
  };
  const text = () => {
    const length = number();
    if (at + length > block.length) throw new SpdyError("a header block that is cut off");
    const value = block.toString("latin1", at, at + length);
    at += length;
    return value;
  };
  for (let count = number(); count > 0; count--) {
    const name = text().toLowerCase();
    headers.set(name, text());
  }
  return headers;
}

/** Writes header blocks. Stored blocks need no compressor, and so no state but whether the stream has begun. */
export class HeaderWriter {
  #hasBegun = false;

  write(headers: Readonly<Record<string, string>> = {}): Buffer {
    const begin = this.#hasBegun ? [] : [zlibHead()];
    this.#hasBegun = true;
    // The empty block behind it is what a compressor writes when it is flushed: Go's decompressor hands out what it
    // has only when one comes, and takes the end of the frame for the end of everything otherwise.
    return Buffer.concat([
      ...begin,
      storedBlock(plainBlock(headers)),
      storedBlock(Buffer.alloc(0)),
    ]);
  }
}

function plainBlock(headers: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(headers);
  return Buffer.concat([
    word(entries.length),
    ...entries.flat().flatMap((text) => [word(text.length), Buffer.from(text, "latin1")]),
  ]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A block of deflate as it is (RFC 1951, section 3.2.4): not the last one, its length, that inverted, the bytes. */
function storedBlock(data: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(data.length, 1);
  head.writeUInt16LE(~data.length & 0xffff, 3);
  return Buffer.concat([head, data]);
}

/** RFC 1950: deflate with a window of 32 KB and a preset dictionary, which its checksum names. */
function zlibHead(): Buffer {
  const head = Buffer.alloc(6);
  const method = 0x78;
  const flags = 0x20;
  head.writeUInt8(method, 0);
  head.writeUInt8(flags + ((31 - ((method * 256 + flags) % 31)) % 31), 1);
  head.writeUInt32BE(adler32(SPDY_DICTIONARY), 2);
  return head;
}

function adler32(data: Buffer): number {
  let a = 1;
  let b = 0;
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}
