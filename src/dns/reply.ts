import type { Topic } from "./catalog.ts";
import type { Reason } from "./reason.ts";
import type { ResourceRecord } from "./wire/message.ts";

/** The outcome of a question, before it is put into a message. */
export interface Reply {
  readonly rcode: number;
  /** Authoritative: we know it ourselves. */
  readonly aa: boolean;
  /** Recursion available: an upstream said so. */
  readonly ra: boolean;
  /** An upstream cut its answer short. */
  readonly tc: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  /** What the reply depends on; absent when it must not be kept. */
  readonly topics?: ReadonlySet<Topic>;
  /** An upstream's whole message, to be passed on as it is. */
  readonly relayed?: Uint8Array;
  /** The rule that decided it; absent for what an upstream said. */
  readonly reason?: Reason;
}

export function failure(rcode: number, reason?: Reason): Reply {
  return {
    rcode,
    aa: false,
    ra: false,
    tc: false,
    answers: [],
    authority: [],
    additional: [],
    ...(reason === undefined ? {} : { reason }),
  };
}

/** A value that is there already, or will be. Everything answered from the store is there. */
export type Maybe<T> = T | Promise<T>;

export function whenKnown<T, U>(value: Maybe<T>, next: (value: T) => Maybe<U>): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
