import { cookieValue } from "./cookie.ts";
import type { RouteBackend } from "./route-backend.ts";
import type { TextPattern } from "./text-pattern.ts";

/** Which requests a second backend gets (the canary annotations of ingress-nginx). */
export interface CanaryCondition {
  readonly header:
    | {
        /** In lower case. */
        readonly name: string;
        /** What it has to say; absent: `always`, or `never` for the other backend. */
        readonly value: string | undefined;
        /** What has to be found in it; `none` for an expression that can't be read: the other backend gets the request then. */
        readonly pattern: TextPattern | "none" | undefined;
      }
    | undefined;
  /** A cookie that says `always` or `never`. */
  readonly cookie: string | undefined;
  /** Of all other requests it gets so many out of `total`. */
  readonly weight: number;
  readonly total: number;
}

/** A rule's two backends, and which requests go by something else than their weights. */
export interface Canary {
  readonly condition: CanaryCondition;
  readonly main: RouteBackend;
  readonly canary: RouteBackend;
  /** Whether a session that began at one of them stays there. */
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

/** What the sessions of a canary's two backends are told apart by. */
export function backendMark({ namespace, service, port }: RouteBackend): string {
  return `${namespace}.${service}.${port}`;
}
