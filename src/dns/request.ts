import type { Client } from "./client.ts";
import type { Edns } from "./wire/message.ts";

/** One question as it goes through the server. */
export interface Request {
  /** As typed, with the final dot. */
  readonly name: string;
  readonly lowerName: string;
  readonly type: number;
  readonly class: number;
  readonly rd: boolean;
  readonly cd: boolean;
  readonly edns: Edns | undefined;
  readonly client: Client;
  /** The client's own message, where it asks exactly this question: it is forwarded as it is. */
  readonly bytes?: Uint8Array;
}
