import { CODE_LENGTHS, CODES, END_OF_STRING } from "./huffman-code.ts";

const EMITS = 1 << 16;
/** Marks the end-of-string symbol, which is an error in a string. */
const FAULT = -1;

/**
 * The decoder reads four bits at a time. By state and bits: the next state, and above it the character that was
 * completed, marked with {@link EMITS}. No code is shorter than five bits, so there is at most one.
 */
const STEPS: Int32Array = new Int32Array(256 * 16);
/** Whether a string may end in a state: after up to seven ones, which are the beginning of the end-of-string symbol. */
const MAY_END = new Uint8Array(256);
fillSteps();

let scratch = Buffer.alloc(1024);

/** @returns undefined when the bytes are not valid in this code (RFC 7541 section 5.2). */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string | undefined {
  const most = Math.ceil(((end - start) * 8) / 5);
  if (most > scratch.length) scratch = Buffer.alloc(most * 2);
  let length = 0;
  let state = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    for (let nibble = byte >> 4, half = 0; half < 2; half++, nibble = byte & 15) {
      const step = STEPS[(state << 4) | nibble] as number;
      if (step === FAULT) return undefined;
      if ((step & EMITS) !== 0) scratch[length++] = step >> 8;
      state = step & 255;
    }
  }
  return MAY_END[state] === 1 ? scratch.toString("latin1", 0, length) : undefined;
}

/** The length of an encoded text. @param text in which each character is one byte. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += CODE_LENGTHS[text.charCodeAt(i)] as number;
  return (bits + 7) >> 3;
}

/** Writes a text. @returns where it ends. */
export function encodeHuffman(text: string, into: Uint8Array, at: number): number {
  // At most 7 bits are left over when a character of at most 28 is added, so they fit in 32.
  let high = 0;
  let bits = 0;
  let to = at;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    let length = CODE_LENGTHS[c] as number;
    const code = CODES[c] as number;
    while (length > 0) {
      const taken = Math.min(8 - bits, length);
      length -= taken;
      high = (high << taken) | ((code >>> length) & ((1 << taken) - 1));
      bits += taken;
      if (bits < 8) continue;
      into[to++] = high;
      high = 0;
      bits = 0;
    }
  }
  if (bits > 0) into[to++] = (high << (8 - bits)) | (255 >> bits);
  return to;
}

/** The code as a tree: a node's two children are nodes, or symbols as negative numbers. */
function tree(): number[][] {
  const nodes: number[][] = [[]];
  for (let symbol = 0; symbol <= END_OF_STRING; symbol++) {
    const code = CODES[symbol] as number;
    let at = 0;
    for (let left = (CODE_LENGTHS[symbol] as number) - 1; left >= 0; left--) {
      const node = nodes[at] as number[];
      const bit = (code >>> left) & 1;
      if (left === 0) node[bit] = ~symbol;
      else at = node[bit] ??= nodes.push([]) - 1;
    }
  }
  return nodes;
}

function fillSteps(): void {
  const nodes = tree();
  for (let state = 0; state < nodes.length; state++) {
    for (let nibble = 0; nibble < 16; nibble++)
      STEPS[(state << 4) | nibble] = step(nodes, state, nibble);
  }
  for (let state = 0, ones = 0; ones < 8; ones++) {
    MAY_END[state] = 1;
    state = (nodes[state] as number[])[1] as number;
  }
}

function step(nodes: number[][], from: number, nibble: number): number {
  let state = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = (nodes[state] as number[])[(nibble >> bit) & 1] as number;
    if (next >= 0) {
      state = next;
      continue;
    }
    if (~next === END_OF_STRING) return FAULT;
    emitted = EMITS | (~next << 8);
    state = 0;
  }
  return emitted | state;
}
