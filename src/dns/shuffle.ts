import type { ResourceRecord } from "./wire/message.ts";

/** The records with their addresses in a uniformly random order; all others keep their place (D.11). */
export function shuffleAddresses(
  records: readonly ResourceRecord[],
  random: () => number,
): readonly ResourceRecord[] {
  if (records.length < 2) return records;
  const places: number[] = [];
  for (const [i, record] of records.entries()) {
    if (record.type === "A" || record.type === "AAAA") places.push(i);
  }
  const shuffled = [...records];
  for (let i = places.length - 1; i > 0; i--) {
    const a = places[i] as number;
    const b = places[Math.floor(random() * (i + 1))] as number;
    const record = shuffled[a] as ResourceRecord;
    shuffled[a] = shuffled[b] as ResourceRecord;
    shuffled[b] = record;
  }
  return shuffled;
}
