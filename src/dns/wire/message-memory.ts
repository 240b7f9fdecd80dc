/** Messages are cut from pieces of so many bytes: to make an ArrayBuffer takes longer than to write a message. */
const PIECE = 8192;
/** From here on a call out of JavaScript is worth it. */
const LONG = 512;

let piece = new ArrayBuffer(PIECE);
let words = new Int32Array(piece);
let used = 0;

/**
 * A copy of a message that begins at a word. Short ones are copied a word at a time; the bytes after them
 * in their last word mean nothing and are not seen.
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
