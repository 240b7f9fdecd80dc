import type { Pod } from "./pod.ts";

/** What the status of a pod says that nobody runs, and that answers nevertheless. */
export const STUB = {
  reason: "Stub",
  message: "no program of this pod runs: kubelane answers for it, with an echo of each request",
} as const;

export function isStub({ status }: Pod): boolean {
  return status?.reason === STUB.reason;
}
