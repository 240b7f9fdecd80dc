/** Which of this machine's addresses another program has where we would listen. */
export interface TakenAddresses {
  /** The program that has it, in words; undefined when no other program has it. */
  holderOf(host: string, port: number): string | undefined;
  /** Hears whenever this changes for an address. @returns stops it. */
  subscribe(listener: (host: string) => void): () => void;
}

/** What answers with an address depend on, beside objects. */
export function takenTopic(host: string): string {
  return `taken:${host}`;
}
