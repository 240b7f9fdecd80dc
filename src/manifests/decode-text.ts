/**
 * The text of a file's bytes: UTF-8, or UTF-16 with a byte order mark, as shells on Windows write it.
 * @returns undefined for invalid bytes.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch (error) {
    // The bytes are invalid in the encoding, or more than a string can hold.
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

/** The bytes of a text, in the encoding that other bytes have, with a byte order mark if they begin with one. */
export function encodeText(text: string, like: Uint8Array): Uint8Array {
  const encoding = encodingOf(like);
  if (encoding === "utf-8") {
    const marked = like[0] === 0xef && like[1] === 0xbb && like[2] === 0xbf;
    return Buffer.from(marked ? `\ufeff${text}` : text);
  }
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return encoding === "utf-16be" ? bytes.swap16() : bytes;
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return "utf-8";
}
