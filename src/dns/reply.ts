import type { Topic } from "./catalog.ts";
import type { Reason } from "./reason.ts";
import type { ResourceRecord } from "./wire/message.ts";

/** The answer to a question, before it is put into a message. */
export interface Reply {
  readonly rcode: number;
  /** Authoritative: it comes from our own zones. */
  readonly aa: boolean;
  /** Recursion available: an upstream said so. */
  readonly ra: boolean;
  /** An upstream truncated its answer. */
  readonly tc: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  /** The topics that the reply depends on; absent when it must not be kept. */
  readonly topics?: ReadonlySet<Topic>;
  /** An upstream's whole message, to be passed on unchanged. */
  readonly relayed?: Uint8Array;
  /** The rule that decided it; absent for an upstream's answer. */
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

/** A value, or a promise of it. Everything from the store is available at once. */
export type Maybe<T> = T | Promise<T>;

export function whenKnown<T, U>(value: Maybe<T>, next: (value: T) => Maybe<U>): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
