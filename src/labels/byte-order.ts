/**
 * Compares two strings by their UTF-8 bytes, which is code point order.
 *
 * JavaScript's own order compares UTF-16 units and puts an emoji (a surrogate pair) before U+FF01.
 */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates (0xd800..0xdfff) stand for code points above every other unit.
    const surrogateX = (x & 0xf800) === 0xd800;
    const surrogateY = (y & 0xf800) === 0xd800;
    return surrogateX === surrogateY ? x - y : surrogateX ? 1 : -1;
  }
  return a.length - b.length;
}

/** The number of UTF-8 bytes of `text`; every length rule of labels counts these (S.1). */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    const pair = (unit & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    // A pair is four bytes from two units: 2 + 2.
    if (pair) i++;
  }
  return bytes;
}

/** A new array: `values` sorted bytewise, each once. */
export function sortedSet(values: readonly string[]): string[] {
  if (values.length > SMALL) return [...new Set(values)].sort(compareBytes);
  const sorted: string[] = [];
  for (const value of values) {
    let at = sorted.length;
    while (at > 0 && compareBytes(sorted[at - 1]!, value) > 0) at--;
    if (at > 0 && sorted[at - 1] === value) continue;
    sorted.push(value);
    for (let i = sorted.length - 1; i > at; i--) sorted[i] = sorted[i - 1]!;
    sorted[at] = value;
  }
  return sorted;
}

/** Sorts in place and stably; short arrays, the usual ones, without the cost of `sort()`. */
export function sortBy<T>(items: T[], textOf: (item: T) => string): T[] {
  if (items.length > SMALL) return items.sort((a, b) => compareBytes(textOf(a), textOf(b)));
  for (let i = 1; i < items.length; i++) {
    const item = items[i]!;
    const text = textOf(item);
    let at = i;
    for (; at > 0 && compareBytes(textOf(items[at - 1]!), text) > 0; at--) {
      items[at] = items[at - 1]!;
    }
    items[at] = item;
  }
  return items;
}

/** Up to here insertion is the fastest way to sort. */
const SMALL = 12;
