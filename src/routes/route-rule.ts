import { createHash } from "node:crypto";
import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { type Age, compareAge } from "./age.ts";
import type { Canary } from "./canary.ts";
import type { ClientSources } from "./client-sources.ts";
import type { SessionCookie } from "./cookie.ts";
import type { CorsPolicy } from "./cors.ts";
import type { HeaderChange, Redirect, Rewrite } from "./http-filter.ts";
import type { HttpMatch } from "./http-match.ts";
import type { BackendTls, RouteBackend } from "./route-backend.ts";

/** The origin of a rule, for messages and for precedence. */
export interface RuleSource extends Age {
  readonly object: KubernetesObject;
  /** The rule's index in the route, from 0. */
  readonly index: number;
  /** The rule's path in the object. */
  readonly place: FieldPath;
}

/** @param settings see {@link BackendTls} */
export function backendTls(settings: Omit<BackendTls, "id">): BackendTls {
  const text = JSON.stringify(settings);
  return { ...settings, id: createHash("sha256").update(text).digest("base64url") };
}

/** A backend that gets mirrored copies of requests; its answers are discarded. */
export interface Mirror {
  readonly backend: RouteBackend;
  /** The fraction of all requests, from 0 to 1. */
  readonly fraction: number;
}

export interface RouteRetry {
  /** How often a request is retried at most. */
  readonly attempts: number;
  /** Milliseconds to wait before a retry. */
  readonly backoff: number;
  /** Statuses of answers that cause a retry. */
  readonly codes: readonly number[];
}

/** Milliseconds; undefined for no limit of its own. */
export interface RouteTimeouts {
  /** For the whole exchange. */
  readonly request: number | undefined;
  /** For each attempt at a backend. */
  readonly backendRequest: number | undefined;
  /** For connecting to an endpoint. */
  readonly connect?: number | undefined;
  /** Without a byte of the answer, before or after it has begun. */
  readonly read?: number | undefined;
  /** While the backend accepts nothing of the request. */
  readonly send?: number | undefined;
}

/** The filters of a rule, by what they do. */
export interface Filters {
  readonly requestHeaders: readonly HeaderChange[];
  readonly responseHeaders: readonly HeaderChange[];
  readonly redirect: Redirect | undefined;
  readonly rewrite: Rewrite | undefined;
  readonly cors: CorsPolicy | undefined;
  readonly mirrors: readonly Mirror[];
  /** Why requests are refused whatever the backends: a filter is not supported, as the standard requires. */
  readonly problem: string | undefined;
}

export const NO_FILTERS: Filters = {
  requestHeaders: [],
  responseHeaders: [],
  redirect: undefined,
  rewrite: undefined,
  cors: undefined,
  mirrors: [],
  problem: undefined,
};

/** What is done with a matching request. */
export interface RouteRule extends Filters {
  readonly source: RuleSource;
  readonly matches: readonly HttpMatch[];
  readonly backends: readonly RouteBackend[];
  readonly timeouts: RouteTimeouts;
  readonly retry: RouteRetry | undefined;
  /** gRPC needs HTTP/2, whatever the Service declares for its port. */
  readonly isGrpc: boolean;
  /** The redirect for requests that came without TLS. */
  readonly tlsRedirect?: Redirect | undefined;
  /** Selects one of two backends, where not only weights do. */
  readonly canary?: Canary | undefined;
  /** A cookie that leads a client back to the same endpoint. */
  readonly session?: SessionCookie | undefined;
  /** Limit of a request's body, in bytes. */
  readonly maxBody?: number | undefined;
  /** Allowed clients. */
  readonly sources?: ClientSources | undefined;
}

/**
 * Which of two rules with equal matches has precedence: that of the older route, then by name, then the first in its
 * route.
 */
export function compareSources(a: RuleSource, b: RuleSource): number {
  return compareAge(a, b) || a.index - b.index;
}

export function describeSource({ object, namespace, name }: RuleSource): string {
  return `${object.kind} ${namespace}/${name}`;
}
