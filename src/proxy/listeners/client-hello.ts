/** What a TLS client says before anything is encrypted (RFC 8446 section 4.1.2). */
export interface ClientHello {
  /** The server name that it asks for (RFC 6066 section 3), in lower case; undefined where it asks for none. */
  readonly serverName: string | undefined;
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const RECORD_HEAD = 5;
/** The longest content of a record (RFC 8446 section 5.1). */
const MAX_RECORD = 2 ** 14;
/** The longest hello, all its records together: post-quantum key shares alone take more than 1 KB. */
const MAX_HELLO = 64 * 1024;

/** Reads the beginning of a connection. @returns undefined while it is incomplete; `none` for anything but TLS */
export function readClientHello(bytes: Buffer): ClientHello | "none" | undefined {
  const content = handshakeOf(bytes);
  if (!Buffer.isBuffer(content)) return content;
  if (content.length < 4) return undefined;
  if (content[0] !== CLIENT_HELLO) return "none";
  const length = content.readUIntBE(1, 3);
  if (length > MAX_HELLO) return "none";
  if (content.length < 4 + length) return undefined;
  const reader = new Reader(content.subarray(4, 4 + length));
  // legacy_version, random, legacy_session_id, cipher_suites, legacy_compression_methods
  reader.skip(2 + 32);
  reader.skip(reader.number(1));
  reader.skip(reader.number(2));
  reader.skip(reader.number(1));
  const extensions = reader.take(reader.number(2));
  while (!extensions.isOver) {
    const type = extensions.number(2);
    const body = extensions.take(extensions.number(2));
    if (type === SERVER_NAME) return { serverName: nameIn(body) };
  }
  return { serverName: undefined };
}

/**
 * How many bytes are needed before an incomplete hello is worth parsing again: with a client that sends byte by byte,
 * parsing at each byte would take quadratic time.
 */
export function helloLength(bytes: Buffer): number {
  let content = 0;
  // Type and length of the handshake message, which may be split over several records.
  const head: number[] = [];
  let at = 0;
  while (at + RECORD_HEAD <= bytes.length) {
    const start = at + RECORD_HEAD;
    at = start + bytes.readUInt16BE(at + 3);
    const end = Math.min(at, bytes.length);
    for (let i = start; i < end && head.length < 4; i++) head.push(bytes[i] as number);
    content += end - start;
  }
  const length = head.length < 4 ? 4 : 4 + Buffer.from(head).readUIntBE(1, 3);
  const inRecord = at > bytes.length ? at : at + RECORD_HEAD;
  return Math.max(inRecord, bytes.length + length - content);
}

/** The contents of the records at the beginning, concatenated. */
function handshakeOf(bytes: Buffer): Buffer | "none" | undefined {
  const parts: Buffer[] = [];
  let total = 0;
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== HANDSHAKE) return parts.length === 0 ? "none" : Buffer.concat(parts);
    if (bytes.length < at + RECORD_HEAD) break;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > MAX_RECORD || bytes[at + 1] !== 3) return "none";
    const part = bytes.subarray(at + RECORD_HEAD, at + RECORD_HEAD + length);
    parts.push(part);
    total += part.length;
    if (total > MAX_HELLO + 4) return "none";
    at += RECORD_HEAD + length;
  }
  return parts.length === 0 ? undefined : Buffer.concat(parts);
}

function nameIn(list: Reader): string | undefined {
  const names = list.take(list.number(2));
  while (!names.isOver) {
    const type = names.number(1);
    const name = names.take(names.number(2));
    if (type === HOST_NAME) return name.text.toLowerCase();
  }
  return undefined;
}

/** Reads sequentially; beyond the end it returns empty slices and zeros. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  get text(): string {
    return this.#bytes.toString("latin1");
  }

  number(length: number): number {
    const from = this.#at;
    this.#at += length;
    return this.#at > this.#bytes.length ? 0 : this.#bytes.readUIntBE(from, length);
  }

  skip(length: number): void {
    this.#at += length;
  }

  take(length: number): Reader {
    const from = this.#at;
    this.#at += length;
    return new Reader(this.#bytes.subarray(from, this.#at));
  }
}
