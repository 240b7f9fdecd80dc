/** The local addresses where another program listens in our place. */
export interface TakenAddresses {
  /** The program that listens there, in words; undefined when no other one does. */
  holderOf(host: string, port: number): string | undefined;
  /** Calls back whenever this changes for an address. @returns stops it. */
  subscribe(listener: (host: string) => void): () => void;
}

/** The topic of answers with this address. */
export function takenTopic(host: string): string {
  return `taken:${host}`;
}
