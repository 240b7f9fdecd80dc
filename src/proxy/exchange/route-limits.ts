import type { Treatment } from "../routes/treatment.ts";

/** What took too long: the whole exchange, one attempt, or connecting. */
export type RouteOverrun = "request" | "backend-request" | "connect";

/** The time limits and retries that a route asks for, for one exchange. */
export class RouteLimits {
  readonly #treatment: Treatment;
  readonly #onOverrun: (what: RouteOverrun, limit: number) => void;
  #request: NodeJS.Timeout | undefined;
  #backendRequest: NodeJS.Timeout | undefined;
  #connect: NodeJS.Timeout | undefined;
  #retries = 0;

  /**
   * @param onOverrun the limit is in milliseconds
   * @returns undefined where the route asks for none
   */
  static of(
    treatment: Treatment,
    onOverrun: (what: RouteOverrun, limit: number) => void,
  ): RouteLimits | undefined {
    const { retry, timeouts } = treatment;
    const { request, backendRequest, connect } = timeouts;
    const isLimited = [retry, request, backendRequest, connect].some((each) => each !== undefined);
    return isLimited ? new RouteLimits(treatment, onOverrun) : undefined;
  }

  private constructor(
    treatment: Treatment,
    onOverrun: (what: RouteOverrun, limit: number) => void,
  ) {
    this.#treatment = treatment;
    this.#onOverrun = onOverrun;
    this.#request = this.#timer("request", treatment.timeouts.request);
  }

  /** A connection is being established; {@link sent} or {@link left} follows. */
  connecting(): void {
    this.#connect = this.#timer("connect", this.#treatment.timeouts.connect);
  }

  /** The request is being sent. */
  sent(): void {
    this.left();
    const { backendRequest } = this.#treatment.timeouts;
    this.#backendRequest = this.#timer("backend-request", backendRequest);
  }

  /** The attempt is over. */
  left(): void {
    clearTimeout(this.#connect);
    clearTimeout(this.#backendRequest);
  }

  end(): void {
    clearTimeout(this.#request);
    this.left();
  }

  /**
   * Whether the request is to be sent again after this.
   * @param status of an answer; undefined where none came
   * @returns after how many milliseconds; undefined for no
   */
  retry(status?: number): number | undefined {
    const { retry } = this.#treatment;
    if (retry === undefined || this.#retries >= retry.attempts) return undefined;
    if (status !== undefined && !retry.codes.includes(status)) return undefined;
    this.#retries++;
    return retry.backoff;
  }

  #timer(what: RouteOverrun, limit: number | undefined): NodeJS.Timeout | undefined {
    return limit === undefined ? undefined : setTimeout(() => this.#onOverrun(what, limit), limit);
  }
}
