import type { Reply } from "./reply.ts";
import type { ResourceRecord } from "./wire/message.ts";
import { type Rcode, rcodeName } from "./wire/rcode.ts";

/** The answer for a name, as data. */
export interface Resolution {
  /** As asked, with the final dot. */
  readonly name: string;
  /** `A`, `SRV`, … */
  readonly type: string;
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
}

export function resolutionOf(name: string, type: string, reply: Reply): Resolution {
  const { answers, authority, additional } = reply;
  const rcode = rcodeName(reply.rcode);
  return { name, type, rcode, authoritative: reply.aa, answers, authority, additional };
}
