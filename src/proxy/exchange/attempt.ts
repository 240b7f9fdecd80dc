import assert from "node:assert/strict";
import type { Balancer } from "../../balancer/balancer.ts";
import type { Picked } from "../../balancer/choice.ts";

type Accounts = Pick<Balancer, "started" | "finished">;

/**
 * A lease on one endpoint: it counts as one active request until {@link finish} is called, exactly once. Nothing else
 * in the data plane changes that count, so it can't drift.
 */
export class Attempt {
  readonly picked: Picked;
  readonly #accounts: Accounts;
  #isOver = false;

  constructor(accounts: Accounts, picked: Picked) {
    this.picked = picked;
    this.#accounts = accounts;
    accounts.started(picked.backend);
    assert(picked.backend.load.active > 0, "an endpoint that is in use must count as busy");
  }

  /** @param answerTime milliseconds until the answer began; absent when none did. */
  finish(answerTime?: number): void {
    assert(!this.#isOver, "an attempt ends once");
    this.#isOver = true;
    this.#accounts.finished(this.picked.backend, answerTime);
    assert(this.picked.backend.load.active >= 0, "an endpoint can't be less than idle");
  }
}
