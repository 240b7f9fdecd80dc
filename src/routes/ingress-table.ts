import type { Ingress } from "../objects/ingress.ts";
import { hasNginxAnnotation } from "../objects/ingress-annotations.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import { olderFirst } from "./age.ts";
import { formatHost, type HostPattern, hostPattern } from "./host-pattern.ts";
import type { Redirect } from "./http-filter.ts";
import { MATCHES_ALL } from "./http-match.ts";
import { ingressCertificates, ingressRules, type Read } from "./ingress.ts";
import { type IngressSettings, ingressSettings } from "./ingress-settings.ts";
import { NO_FILTERS, type RouteRule } from "./route-rule.ts";
import type { HostRule } from "./route-table.ts";
import { classOfIngress } from "./served-classes.ts";

/** An Ingress with what its annotations ask for, and its own rules. */
interface ReadIngress {
  readonly ingress: Ingress;
  readonly settings: IngressSettings;
  readonly rules: readonly HostRule[];
}

/**
 * The rules of all Ingresses together. As in ingress-nginx, one Ingress may affect the paths of others for the same
 * host: a canary adds a backend to them, TLS redirects all of them, an alias leads to all of them.
 */
export function ingressTable(ingresses: readonly Ingress[], read: Read): HostRule[] {
  const asked = [...ingresses].sort(olderFirst).map((ingress) => {
    return { ingress, settings: ingressSettings(ingress) };
  });
  const expressions = new Set(
    asked.flatMap(({ ingress, settings }) => (settings.usesRegex ? hostsOf(ingress) : [])),
  );
  const isRegex = (host: HostPattern) => expressions.has(formatHost(host));
  const all = asked.map((each): ReadIngress => {
    return { ...each, rules: ingressRules(each.ingress, each.settings, isRegex, read) };
  });
  const main = all.filter(({ settings }) => settings.canary === undefined);
  const canaries = canariesOf(all);
  const secured = securedHosts(main, read.store);
  const rules = main.flatMap((each) => {
    const { ingress, settings } = each;
    const usual = isOfNginx(ingress, read.store) ? true : undefined;
    return each.rules.map(({ host, rule }): HostRule => {
      const when = settings.sslRedirect ?? usual;
      const isDue = when === "always" || (when === true && secured.has(formatHost(host)));
      const tlsRedirect = isDue ? toTls(settings) : undefined;
      return {
        host,
        rule: withCanary({ ...rule, tlsRedirect }, canaries.get(placeOf(host, rule))),
      };
    });
  });
  const taken = new Set(rules.map(({ host }) => formatHost(host)));
  return [...rules, ...aliasRules(main, rules, taken), ...wwwRules(main, taken)];
}

/** A key that is equal for the same path of the same host. */
function placeOf(host: HostPattern, { matches }: RouteRule): string {
  return JSON.stringify([formatHost(host), matches.map(({ path }) => [path.type, path.value])]);
}

/** The canary backends, by the path that they are added to; of several the oldest. */
function canariesOf(all: readonly ReadIngress[]): ReadonlyMap<string, CanaryRule> {
  const found = new Map<string, CanaryRule>();
  for (const { settings, rules } of all) {
    const { canary: condition } = settings;
    if (condition === undefined) continue;
    for (const { host, rule } of rules) {
      const place = placeOf(host, rule);
      if (!found.has(place)) found.set(place, { condition, rule });
    }
  }
  return found;
}

interface CanaryRule {
  readonly condition: NonNullable<IngressSettings["canary"]>;
  readonly rule: RouteRule;
}

/** The rule with a canary backend; everything but the backend and its share comes from the first rule. */
function withCanary(rule: RouteRule, added: CanaryRule | undefined): RouteRule {
  const [first] = rule.backends;
  const [second] = added?.rule.backends ?? [];
  if (added === undefined || first === undefined || second === undefined) return rule;
  const { weight, total, isSticky } = added.condition;
  const main = { ...first, weight: total - weight };
  const canary = { ...second, tls: first.tls, weight };
  return {
    ...rule,
    backends: [main, canary],
    canary: { condition: added.condition, main, canary, isSticky },
  };
}

/** The hosts for which some Ingress has TLS, whether or not its Secret is there. */
function securedHosts(all: readonly ReadIngress[], store: ObjectReader): ReadonlySet<string> {
  return new Set(
    all.flatMap(({ ingress }) =>
      (ingress.spec.tls ?? []).flatMap((tls) => {
        if (tls.hosts !== undefined && tls.hosts.length > 0) return tls.hosts.map(hostText);
        const alone = { ...ingress, spec: { ...ingress.spec, tls: [tls] } };
        return ingressCertificates(alone, store).flatMap(({ names }) => names);
      }),
    ),
  );
}

function hostText(host: string | undefined): string {
  return formatHost(hostPattern(host, "one-label"));
}

function hostsOf({ spec: { rules = [] } }: Ingress): string[] {
  return rules.map(({ host }) => hostText(host));
}

const NGINX_CONTROLLER = "k8s.io/ingress-nginx";

/** Whether ingress-nginx probably serves it in production, so that its defaults apply. */
function isOfNginx(ingress: Ingress, store: ObjectReader): boolean {
  const name = classOfIngress(ingress, store);
  if (name === undefined) return hasNginxAnnotation(ingress.metadata);
  const found = store.get("IngressClass.networking.k8s.io", "", name);
  if (found !== undefined) return found.spec.controller === NGINX_CONTROLLER;
  return name.split("-").includes("nginx");
}

function toTls({ keepsSlash }: IngressSettings): Redirect {
  return { ...SAME_PLACE, scheme: "https", dropsSlash: !keepsSlash };
}

/** 308 keeps the method, and is what ingress-nginx answers. */
const SAME_PLACE: Redirect = {
  scheme: undefined,
  hostname: undefined,
  port: undefined,
  path: undefined,
  status: 308,
};

/** The rules for a host's aliases; an alias that is a host of another Ingress is ignored. */
function aliasRules(
  all: readonly ReadIngress[],
  rules: readonly HostRule[],
  taken: ReadonlySet<string>,
): HostRule[] {
  const aliases = new Map<string, string>();
  for (const { ingress, settings } of all) {
    const [host] = hostsOf(ingress);
    for (const alias of settings.aliases) {
      if (host !== undefined && !taken.has(alias)) aliases.set(alias, host);
    }
  }
  return [...aliases].flatMap(([alias, of]) =>
    rules
      .filter(({ host }) => formatHost(host) === of)
      .map(({ rule }) => ({ host: hostPattern(alias, "one-label"), rule })),
  );
}

/** Redirects from `www.` to the host without it, or the other way. */
function wwwRules(all: readonly ReadIngress[], taken: ReadonlySet<string>): HostRule[] {
  return all
    .filter(({ settings }) => settings.redirectsWww)
    .flatMap(({ rules }) => {
      const hosts = new Map(rules.map(({ host, rule }) => [formatHost(host), { host, rule }]));
      return [...hosts.values()].flatMap(({ host, rule: { source } }, i) => {
        if (host.kind !== "exact") return [];
        const { suffix } = host;
        const other = suffix.startsWith("www.") ? suffix.slice(4) : `www.${suffix}`;
        if (taken.has(other)) return [];
        const rule: RouteRule = {
          source: { ...source, index: rules.length + i },
          matches: [MATCHES_ALL],
          ...NO_FILTERS,
          redirect: { ...SAME_PLACE, hostname: suffix },
          backends: [],
          timeouts: { request: undefined, backendRequest: undefined },
          retry: undefined,
          isGrpc: false,
        };
        return [{ host: hostPattern(other), rule }];
      });
    });
}
