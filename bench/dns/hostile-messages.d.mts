import type { encodeMessage } from "../../src/dns/wire/encode.ts";

export function seeded(seed: number): () => number;
export function hostileMessage(random: () => number, encode: typeof encodeMessage): Buffer;
