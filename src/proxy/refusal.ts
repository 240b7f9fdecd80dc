/** Why a request was not served by a pod; `code` is stable, `reason` is for people. */
export interface Refusal {
  readonly status: number;
  readonly code:
    | "bad-request"
    | "no-service"
    | "no-port"
    | "external-name"
    | "no-endpoint"
    | "connect-failed"
    | "upstream-failed"
    | "timeout"
    | "too-large"
    | "not-implemented"
    | "busy";
  readonly reason: string;
}

export function refusal(status: number, code: Refusal["code"], reason: string): Refusal {
  return { status, code, reason };
}

export function isRefusal(value: object): value is Refusal {
  return "status" in value && "reason" in value;
}
