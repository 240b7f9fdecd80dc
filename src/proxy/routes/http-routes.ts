import type { Balancer } from "../../balancer/balancer.ts";
import { type SessionRule, sessionRule } from "../../objects/service-annotations.ts";
import { BackendShares } from "../../routes/backend-shares.ts";
import { askedBackend, backendMark } from "../../routes/canary.ts";
import { answerHeaders, isPreflight, preflightHeaders } from "../../routes/cors.ts";
import {
  changedPath,
  type Header,
  type Redirect,
  redirectTarget,
} from "../../routes/http-filter.ts";
import type { RouteRequest } from "../../routes/http-match.ts";
import type { RouteBackend } from "../../routes/route-backend.ts";
import { describeSource, type RouteRule } from "../../routes/route-rule.ts";
import { isFound, type NoRoute, type RouteFound } from "../../routes/route-table.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { type Authority, parseAuthority } from "../authority.ts";
import { isRefusal, type Refusal, refusal } from "../refusal.ts";
import type { RoutedRequest } from "../request-target.ts";
import type { Route } from "../router.ts";
import { sessionIn } from "../session-key.ts";
import type { Copy, Treatment } from "./treatment.ts";

/** Which rules apply to requests that arrive at a place. */
export interface ApplicableRules {
  readonly scheme: "http" | "https";
  /** The port that clients connected to, for redirects that name none. */
  readonly port: number;
  /** The port where the same is served over TLS; absent: the default one. */
  readonly securePort?: number | undefined;
  /** @returns a refusal where the request must not come over this connection */
  find(request: RouteRequest): RouteFound | NoRoute | Refusal;
}

/** A request that has no destination yet. */
export interface IncomingRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  /** Values joined by commas; undefined where the field is missing. @param name in lower case */
  header(name: string): string | undefined;
}

/** Applies the rules of routes to a request: it goes to a backend, is redirected, or is refused. */
export class HttpRoutes {
  readonly #rules: ApplicableRules;
  readonly #store: StoreReader;
  readonly #balancer: Balancer;
  readonly #shares = new WeakMap<RouteRule, BackendShares>();
  readonly #treatments = new WeakMap<RouteBackend, Treatment>();
  /** For each mirror, the fraction of its next copy that has accumulated. */
  readonly #copied = new WeakMap<object, number>();

  constructor(rules: ApplicableRules, store: StoreReader, balancer: Balancer) {
    this.#rules = rules;
    this.#store = store;
    this.#balancer = balancer;
  }

  /** @returns undefined where no rule is for the host */
  route(incoming: IncomingRequest): RoutedRequest | Refusal | undefined {
    const authority = parseAuthority(incoming.host);
    if (authority === undefined) return undefined;
    const request = routeRequestOf(incoming, authority);
    const found = this.#rules.find(request);
    if (isRefusal(found)) return found;
    if (isFound(found)) return this.#follow(found, request, incoming, authority);
    if (found.reason === "no-host") return undefined;
    const tried = new Set(found.tried.map(({ rule }) => describeSource(rule.source)));
    const names = [...tried].slice(0, 5).join(", ");
    return refusal(
      404,
      "no-route",
      `no rule for ${authority.host} matches ${request.method} ${request.path} (${names})`,
    );
  }

  #follow(
    found: RouteFound,
    request: RouteRequest,
    incoming: IncomingRequest,
    authority: Authority,
  ): RoutedRequest | Refusal {
    const { rule, match } = found;
    const prefix = match.path.type === "prefix" ? match.path.value : "/";
    if (rule.tlsRedirect !== undefined && this.#isPlain(incoming)) {
      return this.#redirected(rule.tlsRedirect, request, authority, prefix, []);
    }
    if (rule.cors !== undefined && isPreflight(rule.cors, request)) {
      return answered(204, "preflight", "", preflightHeaders(rule.cors, request));
    }
    if (rule.problem !== undefined) return badRoute(rule, rule.problem);
    const corsHeaders = rule.cors === undefined ? [] : answerHeaders(rule.cors, request);
    if (rule.redirect !== undefined) {
      return this.#redirected(rule.redirect, request, authority, prefix, corsHeaders);
    }
    const backend = this.#backendOf(rule, request);
    if (backend === undefined) return badRoute(rule, "it has no backend that is to get requests");
    const plain = this.#routeTo(backend);
    if (typeof plain === "string") return badRoute(rule, plain);
    const session = this.#sessionOf(rule, backend, prefix);
    const route = session === undefined ? plain : { ...plain, session };
    const { rewrite } = rule;
    const path =
      rewrite?.path === undefined ? request.path : changedPath(request.path, rewrite.path, prefix);
    return {
      route,
      path: request.query === "" ? path : `${path}?${request.query}`,
      host: rewrite?.hostname ?? incoming.host,
      askedHost: incoming.host,
      treatment: this.#treatment(rule, backend, corsHeaders),
    };
  }

  /**
   * Whether the request came unencrypted, by the client's own statement: a false one redirects only the client
   * itself.
   */
  #isPlain({ header }: IncomingRequest): boolean {
    return this.#rules.scheme === "http" && header("x-forwarded-proto") !== "https";
  }

  #redirected(
    redirect: Redirect,
    { host, path, query }: RouteRequest,
    authority: Authority,
    prefix: string,
    headers: readonly Header[],
  ): Refusal {
    const { scheme, port, securePort } = this.#rules;
    const asked = { scheme, host, port: authority.port ?? port, path, query, securePort };
    const location = redirectTarget(redirect, asked, prefix);
    return answered(redirect.status, "redirect", `moved to ${location}`, [
      { name: "location", value: location },
      ...headers,
    ]);
  }

  /** The backend of the client's session, else the one that the request asks for, else one by weight. */
  #backendOf(rule: RouteRule, { header }: RouteRequest): RouteBackend | undefined {
    const { canary, session } = rule;
    if (canary === undefined) return this.#sharesOf(rule).next();
    if (session !== undefined && canary.isSticky) {
      const { mark } = sessionIn([header("cookie") ?? ""], session.name);
      const at = rule.backends.find((backend) => mark === backendMark(backend));
      if (at !== undefined) return at;
    }
    return askedBackend(canary, header) ?? this.#sharesOf(rule).next();
  }

  /** How a client's session is recognized, where the rule asks for one. */
  #sessionOf(
    { session, canary }: RouteRule,
    backend: RouteBackend,
    prefix: string,
  ): SessionRule | undefined {
    // With a single backend no session is needed to stay at it.
    if (session === undefined || canary?.isSticky === false) return undefined;
    const { name, path = prefix, isSecure = this.#rules.scheme === "https" } = session;
    const rule: SessionRule = { by: "cookie", name, cookie: { ...session, path, isSecure } };
    return canary === undefined ? rule : { ...rule, mark: backendMark(backend) };
  }

  /** Computed once for each backend of a rule, unless it depends on the request. */
  #treatment(rule: RouteRule, backend: RouteBackend, corsHeaders: readonly Header[]): Treatment {
    let usual = this.#treatments.get(backend);
    if (usual === undefined) {
      usual = {
        rule: describeSource(rule.source),
        requestHeaders: [...rule.requestHeaders, ...backend.requestHeaders],
        responseHeaders: [...rule.responseHeaders, ...backend.responseHeaders],
        timeouts: rule.timeouts,
        retry: rule.retry,
        copies: [],
        tls: backend.tls,
        overHttp2: rule.isGrpc,
        maxBody: rule.maxBody,
        sources: rule.sources,
      };
      this.#treatments.set(backend, usual);
    }
    if (corsHeaders.length === 0 && rule.mirrors.length === 0) return usual;
    const cors = corsHeaders.length === 0 ? [] : [{ set: corsHeaders, add: [], remove: [] }];
    return {
      ...usual,
      responseHeaders: [...usual.responseHeaders, ...cors],
      copies: this.#copies(rule),
    };
  }

  #sharesOf(rule: RouteRule): BackendShares {
    let shares = this.#shares.get(rule);
    if (shares === undefined) {
      shares = new BackendShares(rule.backends);
      this.#shares.set(rule, shares);
    }
    return shares;
  }

  /** @returns a refusal where the backend can't be used */
  #routeTo({ namespace, service: name, port: number, problem }: RouteBackend): Route | string {
    if (problem !== undefined) return problem;
    const port = this.#balancer.lookup(namespace, name, number);
    if ("outcome" in port) return port.reason;
    const service = this.#store.get("Service", namespace, name);
    const session = service && sessionRule(service);
    return session === undefined ? { port } : { port, session };
  }

  #copies({ mirrors }: RouteRule): Copy[] {
    const copies: Copy[] = [];
    for (const mirror of mirrors) {
      const due = (this.#copied.get(mirror) ?? 0) + mirror.fraction;
      this.#copied.set(mirror, due >= 1 ? due - 1 : due);
      if (due < 1) continue;
      const route = this.#routeTo(mirror.backend);
      if (typeof route !== "string") {
        const { requestHeaders, tls } = mirror.backend;
        copies.push({ route, requestHeaders, tls });
      }
    }
    return copies;
  }
}

function routeRequestOf(
  { method, target, header }: IncomingRequest,
  { host }: Authority,
): RouteRequest {
  const question = target.indexOf("?");
  return {
    method,
    host,
    path: question < 0 ? target : target.slice(0, question),
    query: question < 0 ? "" : target.slice(question + 1),
    header,
  };
}

/** An answer that is given without a backend. */
function answered(
  status: number,
  code: Refusal["code"],
  reason: string,
  headers: readonly Header[],
): Refusal {
  return { status, code, reason, fields: headers.flatMap(({ name, value }) => [name, value]) };
}

/** The answer where a rule is invalid: 500 as Gateway API requires, for Ingresses 503 as their controllers do. */
function badRoute(rule: RouteRule, why: string): Refusal {
  const status = rule.source.object.kind === "Ingress" ? 503 : 500;
  return refusal(status, "bad-route", `${describeSource(rule.source)}: ${why}`);
}
