/** Messages are slices of buffers of this size: creating an ArrayBuffer takes longer than writing a message. */
const PIECE = 8192;
/** From this length on, the native copy is faster than a loop. */
const LONG = 512;

let piece = new ArrayBuffer(PIECE);
let words = new Int32Array(piece);
let used = 0;

/**
 * A copy of a message that begins at a word boundary. Short ones are copied word by word; surplus bytes of the last
 * word are not part of the result.
 */
export function copyMessage(source: Int32Array, start: number, length: number): Uint8Array {
  if (length > LONG) {
    const message = Buffer.allocUnsafe(length);
    message.set(new Uint8Array(source.buffer, source.byteOffset + start * 4, length));
    return message;
  }
  const size = (length + 3) >> 2;
  if (used + size > words.length) {
    piece = new ArrayBuffer(PIECE);
    words = new Int32Array(piece);
    used = 0;
  }
  const at = used;
  for (let i = 0; i < size; i++) words[at + i] = source[start + i] as number;
  used = at + size;
  return new Uint8Array(piece, at * 4, length);
}
