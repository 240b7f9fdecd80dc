import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { Ingress, IngressBackend } from "../objects/ingress.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import { ageOf } from "./age.ts";
import { servicePort } from "./backends.ts";
import { type Faults, isProblem } from "./fault.ts";
import { hostPattern } from "./host-pattern.ts";
import { MATCHES_ALL, type PathMatch } from "./http-match.ts";
import { certificateOf, type ServerCertificate } from "./key-material.ts";
import { NO_FILTERS, type RouteBackend, type RouteRule } from "./route-rule.ts";
import type { HostRule } from "./route-table.ts";

/** Where the objects are, and what is found wrong in an Ingress. */
interface Read {
  readonly store: ObjectReader;
  readonly faults: Faults;
}

/** The rules of an Ingress. Its default backend takes what no rule of any host does. */
export function ingressRules(ingress: Ingress, read: Read): HostRule[] {
  const { rules = [], defaultBackend } = ingress.spec;
  let index = 0;
  const ruled = rules.flatMap(({ host, http }, i) =>
    (http?.paths ?? []).map(({ path = "/", pathType, backend }, j): HostRule => {
      const match: PathMatch = { type: pathType === "Exact" ? "exact" : "prefix", value: path };
      const place = ["spec", "rules", i, "http", "paths", j];
      const to = backendOf(ingress, backend, [...place, "backend"], read);
      return {
        host: hostPattern(host, "one-label"),
        rule: plainRule(ingress, index++, place, match, to),
      };
    }),
  );
  if (defaultBackend === undefined) return ruled;
  const place = ["spec", "defaultBackend"];
  const to = backendOf(ingress, defaultBackend, place, read);
  const rule = plainRule(ingress, index, place, MATCHES_ALL.path, to);
  return [...ruled, { host: hostPattern(undefined), rule }];
}

function plainRule(
  ingress: Ingress,
  index: number,
  place: FieldPath,
  path: PathMatch,
  backend: RouteBackend,
): RouteRule {
  return {
    source: { object: ingress, ...ageOf(ingress.metadata), index, place },
    matches: [{ ...MATCHES_ALL, path }],
    ...NO_FILTERS,
    backends: [backend],
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

/** The certificates that an Ingress names, each for the hosts that it names with it. */
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
