import { type Refusal, refusal } from "../refusal.ts";

/** What is wrong with bytes that are not valid HTTP/1.1. */
export interface Fault {
  readonly fault: Refusal;
}

export function badRequest(reason: string): Fault {
  return { fault: refusal(400, "bad-request", reason) };
}

export function fault(status: number, code: Refusal["code"], reason: string): Fault {
  return { fault: refusal(status, code, reason) };
}
