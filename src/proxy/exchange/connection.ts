import type { Client } from "../../balancer/choice.ts";
import { extended } from "../../objects/extended.ts";
import type { Dial } from "../dial.ts";
import { EndpointSearch } from "../endpoint-search.ts";
import { isRefusal, type Refusal } from "../refusal.ts";
import type { Route } from "../router.ts";
import { connectTo, type DialPolicy } from "../upstream.ts";
import { Attempt } from "./attempt.ts";

/** A connection that is being established. */
export interface Connecting {
  /** Endpoints tried so far. */
  readonly attempts: number;
  /** Cancels it; the callback isn't called afterwards. */
  giveUp(): void;
}

/**
 * A connection to an endpoint of a Service, whatever protocol is spoken on it. Endpoints that can't be connected to
 * are skipped.
 * @param callback called once, never before this returns. Its receiver has to finish the attempt.
 */
export function connectToService<C>(
  policy: DialPolicy,
  route: Route,
  client: Client,
  dial: Dial<C>,
  callback: (result: { readonly connection: C; readonly attempt: Attempt } | Refusal) => void,
): Connecting {
  const search = new EndpointSearch(policy, route, extended(client, { strict: policy.strict }));
  let isOver = false;
  let current: { readonly attempt: Attempt; readonly giveUp: () => void } | undefined;
  process.nextTick(next);
  return {
    get attempts() {
      return search.attempts;
    },
    giveUp() {
      isOver = true;
      current?.giveUp();
      current?.attempt.finish();
      current = undefined;
    },
  };

  function next(): void {
    if (isOver) return;
    const picked = search.next();
    if (isRefusal(picked)) {
      callback(picked);
      return;
    }
    const attempt = new Attempt(policy.balancer, picked);
    const giveUp = connectTo(policy, picked.backend, dial, (result) => {
      current = undefined;
      if (!(result instanceof Error)) {
        policy.balancer.connected(picked.backend);
        callback({ connection: result, attempt });
        return;
      }
      attempt.finish();
      const over = search.connectFailed(picked, result);
      if (over === undefined) next();
      else callback(over);
    });
    current = { attempt, giveUp };
  }
}
