import type { Page } from "./page.ts";

/** How a request is answered that reaches no pod, and why; `code` is stable, `reason` is for people. */
export interface Refusal {
  readonly status: number;
  readonly code:
    | "bad-request"
    | "no-service"
    | "no-port"
    | "external-name"
    | "no-endpoint"
    | "no-route"
    | "bad-route"
    | "redirect"
    | "front-page"
    | "preflight"
    | "misdirected"
    | "forbidden"
    | "connect-failed"
    | "upstream-failed"
    | "timeout"
    | "too-large"
    | "not-implemented"
    | "busy";
  readonly reason: string;
  /** Fields of the answer in addition to the usual ones: names in lower case and values in turn. */
  readonly fields?: readonly string[];
  /** The body, where it is not a page about the refusal. */
  readonly content?: (accept: string | undefined) => Page;
}

export function refusal(status: number, code: Refusal["code"], reason: string): Refusal {
  return { status, code, reason };
}

export function isRefusal(value: object): value is Refusal {
  return "status" in value && "reason" in value;
}
