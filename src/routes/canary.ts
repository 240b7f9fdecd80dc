import { cookieValue } from "./cookie.ts";
import type { RouteBackend } from "./route-backend.ts";
import type { TextPattern } from "./text-pattern.ts";

/** Which requests a second backend gets (the canary annotations of ingress-nginx). */
export interface CanaryCondition {
  readonly header:
    | {
        /** In lower case. */
        readonly name: string;
        /** The header's required value; absent: `always`, or `never` for the other backend. */
        readonly value: string | undefined;
        /**
         * A pattern for the header's value; `none` for an invalid one: then requests with the header go to the second
         * backend.
         */
        readonly pattern: TextPattern | "none" | undefined;
      }
    | undefined;
  /** A cookie with the value `always` or `never`. */
  readonly cookie: string | undefined;
  /** Its weight for all other requests, out of `total`. */
  readonly weight: number;
  readonly total: number;
}

/** A rule's two backends, and which requests are not distributed by weight. */
export interface Canary {
  readonly condition: CanaryCondition;
  readonly main: RouteBackend;
  readonly canary: RouteBackend;
  /** Whether a session stays at the backend where it began. */
  readonly isSticky: boolean;
}

/**
 * The backend that a request asks for by a header or a cookie.
 * @returns undefined where the weights decide
 */
export function askedBackend(
  { condition: { header, cookie }, main, canary }: Canary,
  field: (name: string) => string | undefined,
): RouteBackend | undefined {
  const said = header && field(header.name);
  if (header !== undefined && said !== undefined) {
    if (header.value !== undefined) {
      if (said === header.value) return canary;
    } else if (header.pattern === "none") {
      return main;
    } else if (header.pattern !== undefined) {
      if (header.pattern.test(said)) return canary;
    } else if (said === "always") {
      return canary;
    } else if (said === "never") {
      return main;
    }
  }
  const value = cookie && cookieValue([field("cookie") ?? ""], cookie);
  if (value === "always") return canary;
  return value === "never" ? main : undefined;
}

/** The names that identify a canary's two backends in sessions. */
export function backendMark({ namespace, service, port }: RouteBackend): string {
  return `${namespace}.${service}.${port}`;
}
