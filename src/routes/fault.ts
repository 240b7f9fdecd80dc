import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { KubernetesObject } from "../objects/object.ts";

/** Rules of `check` that are found by translating routes. */
export type FaultRule =
  | "route-parent"
  | "route-listener"
  | "route-not-allowed"
  | "route-host"
  | "route-backend"
  | "route-backend-port"
  | "route-backend-kind"
  | "route-filter"
  | "route-expression"
  | "route-shadowed"
  | "reference-grant"
  | "gateway-listener"
  | "gateway-certificate"
  | "backend-tls-policy"
  | "ingress-service"
  | "ingress-service-port"
  | "ingress-duplicate";

/** An error in an object, which its status and `check` report. */
export interface Problem {
  /** The reason of the condition that reports it (Gateway API). */
  readonly reason: string;
  /** One sentence. */
  readonly message: string;
  readonly rule: FaultRule;
  /** Its path, below the field that was read. */
  readonly field: FieldPath;
  /** What to do; computed only when it is read. */
  readonly hint?: () => string | undefined;
}

/** A {@link Problem} with the object that has it. */
export interface RouteFault extends Omit<Problem, "reason" | "field"> {
  readonly object: KubernetesObject;
  readonly path: FieldPath;
}

/** Collects what is found wrong while objects are translated. */
export class Faults {
  readonly list: RouteFault[] = [];

  add(object: KubernetesObject, path: FieldPath, { message, rule, field, hint }: Problem): void {
    const place = { object, path: [...path, ...field] };
    this.list.push({ ...place, message, rule, ...(hint && { hint }) });
  }
}

export function isProblem(value: object): value is Problem {
  return "reason" in value;
}
