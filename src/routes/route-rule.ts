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

/** Where a rule comes from, for messages and for the order of equals. */
export interface RuleSource extends Age {
  readonly object: KubernetesObject;
  /** The rule's place in the route, from 0. */
  readonly index: number;
  /** Where the rule stands in the object. */
  readonly place: FieldPath;
}

/** @param settings see {@link BackendTls} */
export function backendTls(settings: Omit<BackendTls, "id">): BackendTls {
  const text = JSON.stringify(settings);
  return { ...settings, id: createHash("sha256").update(text).digest("base64url") };
}

/** A backend that gets copies of requests, and whose answers nobody hears. */
export interface Mirror {
  readonly backend: RouteBackend;
  /** The part of all requests, from 0 to 1. */
  readonly fraction: number;
}

export interface RouteRetry {
  /** How often a request is sent again at most. */
  readonly attempts: number;
  /** Milliseconds to wait before. */
  readonly backoff: number;
  /** The statuses of answers that are not taken for one. */
  readonly codes: readonly number[];
}

/** Milliseconds; undefined for no limit of its own. */
export interface RouteTimeouts {
  /** For all of the exchange. */
  readonly request: number | undefined;
  /** For each time that the request is sent to a backend. */
  readonly backendRequest: number | undefined;
  /** For a connection to an endpoint. */
  readonly connect?: number | undefined;
  /** Without a byte of the answer, before it begins and in its middle. */
  readonly read?: number | undefined;
  /** While the backend takes nothing of the request. */
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
  /** Why requests are refused whatever the backends: a filter that is not done here, as the standard asks. */
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

/** What is done with a request that matches. */
export interface RouteRule extends Filters {
  readonly source: RuleSource;
  readonly matches: readonly HttpMatch[];
  readonly backends: readonly RouteBackend[];
  readonly timeouts: RouteTimeouts;
  readonly retry: RouteRetry | undefined;
  /** gRPC is spoken over HTTP/2 alone, whatever the Service says of its port. */
  readonly isGrpc: boolean;
  /** Where requests that came without TLS are sent. */
  readonly tlsRedirect?: Redirect | undefined;
  /** Which of two backends gets a request, where more than weights decides it. */
  readonly canary?: Canary | undefined;
  /** A cookie that leads a client to the same endpoint again. */
  readonly session?: SessionCookie | undefined;
  /** Of a request's body, in bytes. */
  readonly maxBody?: number | undefined;
  /** Who may ask. */
  readonly sources?: ClientSources | undefined;
}

/** Which of two rules whose matches are alike goes first: the older route, then by name, then the first rule of it. */
export function compareSources(a: RuleSource, b: RuleSource): number {
  return compareAge(a, b) || a.index - b.index;
}

export function describeSource({ object, namespace, name }: RuleSource): string {
  return `${object.kind} ${namespace}/${name}`;
}
