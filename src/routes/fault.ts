import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { KubernetesObject } from "../objects/object.ts";

/** The rules of `check` by which the translation of routes finds something. */
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

/** What is wrong somewhere in an object: told in its status, and by `check`. */
export interface Problem {
  /** Of the condition that says it (Gateway API). */
  readonly reason: string;
  /** One sentence. */
  readonly message: string;
  readonly rule: FaultRule;
  /** Where it stands, below the field that was read. */
  readonly field: FieldPath;
  /** The next step; computed only when it is read. */
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
