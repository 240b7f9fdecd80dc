import { fnv1a } from "../net/fnv1a.ts";
import type { ObjectKey } from "../objects/object-key.ts";

/**
 * A uid shaped like a UUID (version 8, RFC 9562) that is the same between runs for the same key and
 * incarnation, so that output can be compared; a recreated object gets another one.
 */
export function uidOf(key: ObjectKey, incarnation: number): string {
  const text = `${key.kind}\n${key.namespace}\n${key.name}`;
  const word0 = fnv1a(text, 0x9e3779b1 ^ incarnation);
  const word1 = fnv1a(text, 0x85ebca77 + incarnation);
  const words = [word0, word1, mix(word0 ^ 0xc2b2ae3d, word1), mix(word1 ^ 0x27d4eb2f, word0)];
  let at = 0;
  for (let nibble = 0; nibble < 32; nibble++) {
    if (nibble === 8 || nibble === 12 || nibble === 16 || nibble === 20) at++;
    const value = (words[nibble >> 3]! >>> (28 - 4 * (nibble & 7))) & 15;
    CODES[at++] = HEX_DIGITS[nibble === 12 ? 8 : nibble === 16 ? (value & 3) | 8 : value]!;
  }
  // One flat string; a concatenation would keep all its parts in memory, once per object.
  return String.fromCharCode(...CODES);
}

/** Written over each time: hyphens, and digits between them. */
const CODES: number[] = new Array(36).fill("-".charCodeAt(0));
const HEX_DIGITS = [..."0123456789abcdef"].map((digit) => digit.charCodeAt(0));

function mix(a: number, b: number): number {
  const product = Math.imul(a ^ (a >>> 16) ^ b, 0x7feb352d);
  return (Math.imul(product ^ (product >>> 15), 0x846ca68b) ^ b) >>> 0;
}
