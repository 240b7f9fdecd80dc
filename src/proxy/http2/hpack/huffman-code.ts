/**
 * The length in bits of each character's code in HPACK's Huffman code, and last that of the end-of-string symbol (RFC
 * 7541 appendix B): `a` means 5 bits, `b` 6 and so on. The code is canonical, so it follows from the lengths.
 */
const LENGTHS =
  "isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhf" +
  "ibccccccccccccccccccccccdcdioijbkabababbbaccbbbabcbaabccccckgjix" +
  "prpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs" +
  "vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwv" +
  "z";

const SHORTEST = "a".charCodeAt(0) - 5;

/** The end-of-string symbol, which must not occur in a string. */
export const END_OF_STRING = 256;

/** By symbol. */
export const CODE_LENGTHS = Uint8Array.from(LENGTHS, (c) => c.charCodeAt(0) - SHORTEST);
export const CODES: Uint32Array = codes();

function codes(): Uint32Array {
  const found = new Uint32Array(CODE_LENGTHS.length);
  const symbols = [...found.keys()];
  symbols.sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  let code = 0;
  let length = 0;
  for (const symbol of symbols) {
    code <<= lengthOf(symbol) - length;
    length = lengthOf(symbol);
    found[symbol] = code++;
  }
  return found;
}

function lengthOf(symbol: number): number {
  return CODE_LENGTHS[symbol] as number;
}
