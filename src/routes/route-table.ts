import { compareHosts, type HostPattern, matchesHost } from "./host-pattern.ts";
import {
  compareMatches,
  type HttpMatch,
  type Mismatch,
  mismatch,
  type RouteRequest,
} from "./http-match.ts";
import { compareSources, type RouteRule } from "./route-rule.ts";

/** A rule for the requests of a host. */
export interface HostRule {
  readonly host: HostPattern;
  readonly rule: RouteRule;
}

/** The rule for a request, with the match that applied. */
export interface RouteFound {
  readonly rule: RouteRule;
  readonly match: HttpMatch;
  readonly host: HostPattern;
}

/** Why no rule applies to a request. */
export type NoRoute =
  | { readonly reason: "no-host" }
  /** The host has rules; this is the failed condition of each. */
  | { readonly reason: "no-match"; readonly tried: readonly Tried[] };

export interface Tried {
  readonly rule: RouteRule;
  readonly match: HttpMatch;
  readonly mismatch: Mismatch;
}

/** One match with the rule it belongs to. */
interface Entry extends RouteFound {}

/** The matches of one host pattern, by precedence. */
interface VirtualHost {
  readonly host: HostPattern;
  readonly entries: readonly Entry[];
}

/**
 * Finds the rule for a request. Rebuilt when objects change; a request costs a look-up of its host, and at most the
 * matches of that host.
 */
export class RouteTable {
  readonly #exact = new Map<string, VirtualHost>();
  /** Wildcards, then the entry for any host: the most specific first. */
  readonly #patterns: readonly VirtualHost[];

  constructor(rules: readonly HostRule[]) {
    const hosts = new Map<string, { host: HostPattern; entries: Entry[] }>();
    for (const { host, rule } of rules) {
      const id = `${host.kind} ${host.suffix}`;
      const known = hosts.get(id) ?? { host, entries: [] };
      hosts.set(id, known);
      for (const match of rule.matches) known.entries.push({ rule, match, host });
    }
    const patterns: VirtualHost[] = [];
    for (const { host, entries } of hosts.values()) {
      const virtual = { host, entries: entries.sort(compareEntries) };
      if (host.kind === "exact") this.#exact.set(host.suffix, virtual);
      else patterns.push(virtual);
    }
    this.#patterns = patterns.sort((a, b) => compareHosts(a.host, b.host));
  }

  get isEmpty(): boolean {
    return this.#exact.size === 0 && this.#patterns.length === 0;
  }

  /** Whether a rule names the host: a rule for any host does not count. */
  knowsHost(host: string): boolean {
    const found = this.hostFor(host);
    return found !== undefined && found.kind !== "any";
  }

  /** The most specific host that a host belongs to. */
  hostFor(host: string): HostPattern | undefined {
    const [first] = this.#hostsOf(host);
    return first?.host;
  }

  /** The rule of the most specific host that has one for the request. */
  find(request: RouteRequest): RouteFound | NoRoute {
    const tried: Tried[] = [];
    let hasHost = false;
    for (const { entries } of this.#hostsOf(request.host)) {
      hasHost = true;
      for (const entry of entries) {
        const why = mismatch(entry.match, request);
        if (why === undefined) return entry;
        tried.push({ rule: entry.rule, match: entry.match, mismatch: why });
      }
    }
    return hasHost ? { reason: "no-match", tried } : { reason: "no-host" };
  }

  /** All matches, for display. */
  *entries(): Generator<RouteFound> {
    for (const { entries } of this.#exact.values()) yield* entries;
    for (const { entries } of this.#patterns) yield* entries;
  }

  *#hostsOf(host: string): Generator<VirtualHost> {
    const exact = this.#exact.get(host);
    if (exact !== undefined) yield exact;
    for (const virtual of this.#patterns) if (matchesHost(virtual.host, host)) yield virtual;
  }
}

function compareEntries(a: Entry, b: Entry): number {
  return compareMatches(a.match, b.match) || compareSources(a.rule.source, b.rule.source);
}

export function isFound(result: RouteFound | NoRoute): result is RouteFound {
  return "rule" in result;
}
