import type { Page } from "./page.ts";

/** What a request is answered in place of a pod's answer, and why; `code` is stable, `reason` is for people. */
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
  /** Fields of the answer besides those that every refusal has: names in lower case and values in turn. */
  readonly fields?: readonly string[];
  /** The body, where it is another than a page about the refusal. */
  readonly content?: (accept: string | undefined) => Page;
}

export function refusal(status: number, code: Refusal["code"], reason: string): Refusal {
  return { status, code, reason };
}

export function isRefusal(value: object): value is Refusal {
  return "status" in value && "reason" in value;
}
