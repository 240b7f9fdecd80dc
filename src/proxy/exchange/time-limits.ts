import type { RouteTimeouts } from "../../routes/route-rule.ts";
import type { Limits } from "../limits.ts";
import { Progress } from "./progress.ts";

/** The state of an exchange. */
export interface Standing {
  /** A pod has been sent what was read of the request so far. */
  readonly sent: boolean;
  /** All of the request was read. */
  readonly requestDone: boolean;
  /** The final head of the answer came. */
  readonly answering: boolean;
  /** One side waits for the other to send, or to take, the rest of something that has begun. */
  readonly waiting: boolean;
  /** The pod takes no more of the request for now. */
  readonly full: boolean;
  /** Grow as bytes move between the client and here, and between the pod and here. */
  readonly clientMoved: number;
  readonly podMoved: number;
}

/**
 * `overdue`: the pod didn't answer; `silent`: nothing came either way; `stalled`: one side left the other waiting.
 */
export type Overrun = "overdue" | "silent" | "stalled";

/** The time limits of one exchange, whatever is spoken on its two sides. */
export class TimeLimits {
  readonly limits: Limits;
  /** How long a pod may leave a request untouched in its buffers. */
  readonly sendTime: number;
  readonly #answer = new Progress();
  readonly #silence = new Progress();
  readonly #wait = new Progress();

  /** @param asked by a route, in place of the gateway's own */
  constructor(limits: Limits, asked?: RouteTimeouts) {
    const { read: responseTime, send } = asked ?? {};
    this.limits =
      responseTime === undefined
        ? limits
        : { ...limits, responseTime, streamIdleTime: responseTime };
    this.sendTime = send ?? limits.stallTime;
  }

  /** To be called regularly. @returns the limit that was exceeded. */
  check(now: number, at: Standing): Overrun | undefined {
    const { responseTime, streamIdleTime, stallTime } = this.limits;
    const moved = at.clientMoved + at.podMoved;
    if (at.sent && at.requestDone && !at.answering) {
      if (isOver(responseTime, this.#answer.stillFor(at.podMoved, now))) return "overdue";
    } else {
      this.#answer.restart();
    }
    if (at.sent && (at.answering || !at.requestDone)) {
      if (isOver(streamIdleTime, this.#silence.stillFor(moved, now))) return "silent";
    } else {
      this.#silence.restart();
    }
    if (at.waiting) {
      if (isOver(at.full ? this.sendTime : stallTime, this.#wait.stillFor(moved, now)))
        return "stalled";
    } else {
      this.#wait.restart();
    }
    return undefined;
  }
}

/** 0 means no limit. */
function isOver(limit: number, time: number): boolean {
  return limit > 0 && time >= limit;
}
