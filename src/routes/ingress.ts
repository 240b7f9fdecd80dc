import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { Ingress, IngressBackend, IngressPath } from "../objects/ingress.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import { ageOf } from "./age.ts";
import { servicePort } from "./backends.ts";
import { type Faults, isProblem } from "./fault.ts";
import { type HostPattern, hostPattern } from "./host-pattern.ts";
import { MATCHES_ALL, type PathMatch } from "./http-match.ts";
import type { IngressSettings } from "./ingress-settings.ts";
import { certificateOf, type ServerCertificate } from "./key-material.ts";
import type { RouteBackend } from "./route-backend.ts";
import { NO_FILTERS, type RouteRule, type RuleSource } from "./route-rule.ts";
import type { HostRule } from "./route-table.ts";
import { beginningPattern } from "./text-pattern.ts";

/** Access to the objects, and the problems found in an Ingress. */
export interface Read {
  readonly store: ObjectReader;
  readonly faults: Faults;
}

/**
 * The rules of an Ingress. Its default backend gets requests that no rule of any host matches.
 * @param usesRegex whether the paths of a host are regular expressions
 */
export function ingressRules(
  ingress: Ingress,
  settings: IngressSettings,
  usesRegex: (host: HostPattern) => boolean,
  read: Read,
): HostRule[] {
  const { rules = [], defaultBackend } = ingress.spec;
  let index = 0;
  const ruled = rules.flatMap(({ host, http }, i): HostRule[] => {
    const pattern = hostPattern(host, "one-label");
    const found = (http?.paths ?? []).map((path, j): HostRule => {
      const place = ["spec", "rules", i, "http", "paths", j];
      const to = backendOf(ingress, path.backend, [...place, "backend"], read);
      const source = { object: ingress, ...ageOf(ingress.metadata), index: index++, place };
      return {
        host: pattern,
        rule: {
          ...plainRule(source, to, settings),
          ...pathOf(path, usesRegex(pattern), settings, source, read),
        },
      };
    });
    const { appRoot } = settings;
    if (appRoot === undefined || found.length === 0) return found;
    const place = ["spec", "rules", i];
    const source = { object: ingress, ...ageOf(ingress.metadata), index: index++, place };
    return [...found, { host: pattern, rule: appRootRule(source, appRoot) }];
  });
  if (defaultBackend === undefined) return ruled;
  const place = ["spec", "defaultBackend"];
  const to = backendOf(ingress, defaultBackend, place, read);
  const source = { object: ingress, ...ageOf(ingress.metadata), index, place };
  return [...ruled, { host: hostPattern(undefined), rule: plainRule(source, to, settings) }];
}

function plainRule(
  source: RuleSource,
  backend: RouteBackend,
  settings: IngressSettings,
): RouteRule {
  const { redirect, cors, isGrpc, hostname, forwardedPrefix: value, tls } = settings;
  const { timeouts, session, maxBody, sources } = settings;
  const set = value === undefined ? [] : [{ name: "x-forwarded-prefix", value }];
  return {
    source,
    matches: [MATCHES_ALL],
    ...NO_FILTERS,
    requestHeaders: set.length === 0 ? [] : [{ set, add: [], remove: [] }],
    redirect,
    cors,
    rewrite: hostname === undefined ? undefined : { hostname, path: undefined },
    backends: [{ ...backend, tls }],
    timeouts,
    retry: undefined,
    isGrpc,
    session,
    maxBody,
    sources,
  };
}

/** The match of a path, and the change of the path for the backend. */
function pathOf(
  { path = "/", pathType }: IngressPath,
  usesRegex: boolean,
  { rewriteTarget, hostname }: IngressSettings,
  source: RuleSource,
  { faults }: Read,
): Partial<RouteRule> {
  if (!usesRegex) {
    const type = pathType === "Exact" ? "exact" : "prefix";
    return { matches: [{ ...MATCHES_ALL, path: { type, value: path } }] };
  }
  const read = beginningPattern(path, rewriteTarget ?? "");
  if (typeof read === "string") {
    faults.add(source.object, source.place, {
      reason: "UnsupportedValue",
      message: `${JSON.stringify(path)} is no regular expression of RE2: ${read}`,
      rule: "route-expression",
      field: ["path"],
    });
    return { matches: [] };
  }
  const { pattern, rewrite } = read;
  const match: PathMatch =
    pathType === "Exact"
      ? { type: "exact", value: path }
      : { type: "regular", value: path, pattern };
  return {
    matches: [{ ...MATCHES_ALL, path: match }],
    ...(rewriteTarget !== undefined && {
      rewrite: { hostname, path: { type: "groups", rewrite } },
    }),
  };
}

/** app-root: requests for `/` are redirected to the application's start page. */
function appRootRule(source: RuleSource, appRoot: string): RouteRule {
  return {
    source,
    matches: [{ ...MATCHES_ALL, path: { type: "exact", value: "/" } }],
    ...NO_FILTERS,
    redirect: {
      scheme: undefined,
      hostname: undefined,
      port: undefined,
      path: { type: "full", value: appRoot },
      status: 302,
    },
    backends: [],
    timeouts: { request: undefined, backendRequest: undefined },
    retry: undefined,
    isGrpc: false,
  };
}

function backendOf(
  ingress: Ingress,
  { service, resource }: IngressBackend,
  path: FieldPath,
  { store, faults }: Read,
): RouteBackend {
  const { namespace = "" } = ingress.metadata;
  const { name = "", port = {} } = service ?? {};
  const plain = {
    namespace,
    service: name,
    weight: 1,
    tls: undefined,
    requestHeaders: [],
    responseHeaders: [],
  };
  if (service === undefined) {
    const { kind = "", name: other = "" } = resource ?? {};
    return { ...plain, port: 0, problem: `the backend ${kind} ${other} is no Service` };
  }
  const found = servicePort(store, namespace, name, port);
  if (typeof found === "number") return { ...plain, port: found, problem: undefined };
  const isPort = found.rule === "route-backend-port";
  faults.add(ingress, [...path, "service", ...found.field], {
    ...found,
    reason: "BackendNotFound",
    rule: isPort ? "ingress-service-port" : "ingress-service",
    field: isPort ? [port.name === undefined ? "number" : "name"] : [],
  });
  return { ...plain, port: 0, problem: found.message };
}

/** The certificates of an Ingress, each for the hosts listed with it. */
export function ingressCertificates(ingress: Ingress, store: ObjectReader): ServerCertificate[] {
  const { namespace = "" } = ingress.metadata;
  const from = { group: "networking.k8s.io", kind: "Ingress", namespace };
  return (ingress.spec.tls ?? []).flatMap(({ hosts, secretName }) => {
    if (secretName === undefined) return [];
    const found = certificateOf(store, { name: secretName }, from, "InvalidCertificateRef");
    if (isProblem(found)) return [];
    return { ...found, names: hosts?.map((host) => host.toLowerCase()) ?? found.names };
  });
}
