import type { Ingress, IngressBackend } from "../objects/ingress.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { ageOf } from "./age.ts";
import { hostPattern } from "./host-pattern.ts";
import { MATCHES_ALL, type PathMatch } from "./http-match.ts";
import { certificateOf, isRefProblem, type ServerCertificate } from "./key-material.ts";
import { NO_FILTERS, type RouteBackend, type RouteRule } from "./route-rule.ts";
import type { HostRule } from "./route-table.ts";

/** The rules of an Ingress. Its default backend takes what no rule of any host does. */
export function ingressRules(ingress: Ingress, store: StoreReader): HostRule[] {
  const { rules = [], defaultBackend } = ingress.spec;
  const { namespace = "" } = ingress.metadata;
  let index = 0;
  const ruled = rules.flatMap(({ host, http }) =>
    (http?.paths ?? []).map(({ path = "/", pathType, backend }): HostRule => {
      const match: PathMatch = { type: pathType === "Exact" ? "exact" : "prefix", value: path };
      return {
        host: hostPattern(host, "one-label"),
        rule: plainRule(ingress, index++, match, backendOf(backend, namespace, store)),
      };
    }),
  );
  if (defaultBackend === undefined) return ruled;
  const backend = backendOf(defaultBackend, namespace, store);
  return [
    ...ruled,
    { host: hostPattern(undefined), rule: plainRule(ingress, index, MATCHES_ALL.path, backend) },
  ];
}

function plainRule(
  { kind, metadata }: Ingress,
  index: number,
  path: PathMatch,
  backend: RouteBackend,
): RouteRule {
  return {
    source: { kind, ...ageOf(metadata), index },
    matches: [{ ...MATCHES_ALL, path }],
    ...NO_FILTERS,
    backends: [backend],
    timeouts: { request: undefined, backendRequest: undefined },
    retry: undefined,
    isGrpc: false,
  };
}

function backendOf(backend: IngressBackend, namespace: string, store: StoreReader): RouteBackend {
  const { name = "", port } = backend.service ?? {};
  const plain = {
    namespace,
    service: name,
    weight: 1,
    tls: undefined,
    requestHeaders: [],
    responseHeaders: [],
  };
  if (backend.service === undefined) {
    const { kind = "", name: resource = "" } = backend.resource ?? {};
    return { ...plain, port: 0, problem: `the backend ${kind} ${resource} is no Service` };
  }
  const service = store.get("Service", namespace, name);
  if (service === undefined) {
    return { ...plain, port: 0, problem: `there is no Service ${namespace}/${name}` };
  }
  const ports = service.spec.ports ?? [];
  const found = ports.find((each) =>
    port?.name === undefined ? each.port === port?.number : each.name === port.name,
  );
  if (found !== undefined) return { ...plain, port: found.port, problem: undefined };
  const wanted = port?.name ?? port?.number;
  const there = ports.map((each) => (each.name ? `${each.name} ${each.port}` : each.port));
  return {
    ...plain,
    port: 0,
    problem: `Service ${namespace}/${name} has no port ${wanted}, only ${there.join(", ") || "none"}`,
  };
}

/** The certificates that an Ingress names, each for the hosts that it names with it. */
export function ingressCertificates(ingress: Ingress, store: StoreReader): ServerCertificate[] {
  const { namespace = "" } = ingress.metadata;
  const from = { group: "networking.k8s.io", kind: "Ingress", namespace };
  return (ingress.spec.tls ?? []).flatMap(({ hosts, secretName }) => {
    if (secretName === undefined) return [];
    const found = certificateOf(store, { name: secretName }, from, "InvalidCertificateRef");
    if (isRefProblem(found)) return [];
    return { ...found, names: hosts?.map((host) => host.toLowerCase()) ?? found.names };
  });
}
