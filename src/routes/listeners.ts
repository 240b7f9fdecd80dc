import {
  type FrontendValidation,
  GATEWAY_GROUP,
  type Gateway,
  type Listener,
  type ListenerSet,
  type NamespaceSelector,
  type RouteGroupKind,
} from "../objects/gateway.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import { refusedVerdict, type Verdict, verdict } from "./conditions.ts";
import { type Faults, isProblem, type Problem } from "./fault.ts";
import { type HostPattern, hostPattern } from "./host-pattern.ts";
import { authoritiesOf, certificateOf, type ServerCertificate } from "./key-material.ts";
import { isNamespaceSelected } from "./namespace-selection.ts";

/** The object that defines a listener. */
export type ListenerOwner = Gateway | ListenerSet;

/** Requirements for client certificates. */
export interface ClientValidation {
  /** In PEM. */
  readonly ca: readonly string[];
  /** Whether clients without a valid certificate are served. */
  readonly isOptional: boolean;
}

/** A listener of a Gateway, defined by itself or by a ListenerSet. */
export interface GatewayListener {
  readonly gateway: Gateway;
  readonly owner: ListenerOwner;
  readonly spec: Listener;
  readonly host: HostPattern;
  readonly supportedKinds: readonly RouteGroupKind[];
  readonly certificates: readonly ServerCertificate[];
  readonly clients: ClientValidation | undefined;
  readonly verdicts: readonly Verdict[];
  /** Whether another listener conflicts and has precedence. */
  readonly isConflicted: boolean;
  /** Whether it accepts requests. */
  readonly isServed: boolean;
  /** Whether only a missing certificate prevents that: where certificates are made here, its routes are served. */
  readonly isServable: boolean;
  /** How many routes are attached to it. */
  attached: number;
}

const HTTP_KINDS = ["HTTPRoute", "GRPCRoute"];

/** The kinds of routes by the protocol of a listener. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  HTTP: HTTP_KINDS,
  HTTPS: HTTP_KINDS,
  TLS: ["TLSRoute"],
  TCP: ["TCPRoute"],
  UDP: ["UDPRoute"],
};

/**
 * The listeners of a Gateway: its own, then those of its ListenerSets, the oldest first.
 * @param sets the ListenerSets that it allows
 */
export function listenersOf(
  store: ObjectReader,
  gateway: Gateway,
  sets: readonly ListenerSet[],
  faults: Faults,
): GatewayListener[] {
  const listeners: GatewayListener[] = [];
  for (const owner of [gateway, ...sets]) {
    const own = owner.spec.listeners;
    // Of two conflicting listeners the older object's has precedence; within one object neither has.
    const earlier = listeners.filter(({ isConflicted }) => !isConflicted).map(({ spec }) => spec);
    const standing = own.filter((spec) => conflictWith(spec, earlier) === undefined);
    for (const [index, spec] of own.entries()) {
      const rivals = [...earlier, ...standing.filter((each) => each !== spec)];
      const report = (problem: Problem) => faults.add(owner, ["spec", "listeners", index], problem);
      const place = { store, gateway, owner, spec, report, faults };
      listeners.push(readListener(place, conflictWith(spec, rivals)));
    }
  }
  return listeners;
}

/** Two listeners can share a port when the name that clients ask for distinguishes them. */
function conflictWith(spec: Listener, rivals: readonly Listener[]): Problem | undefined {
  for (const rival of rivals) {
    if (rival.port !== spec.port || isUdp(rival) !== isUdp(spec)) continue;
    if (layerOf(rival) !== layerOf(spec)) {
      return {
        reason: "ProtocolConflict",
        message: `listener ${rival.name} speaks ${rival.protocol} at port ${spec.port}`,
        rule: "gateway-listener",
        field: ["protocol"],
      };
    }
    const isNamed = layerOf(spec) !== "stream";
    if (!isNamed || (rival.hostname ?? "") === (spec.hostname ?? "")) {
      return {
        reason: "HostnameConflict",
        message: `listener ${rival.name} has port ${spec.port} and the same host name`,
        rule: "gateway-listener",
        field: [spec.hostname === undefined ? "port" : "hostname"],
      };
    }
  }
  return undefined;
}

function isUdp({ protocol }: Listener): boolean {
  return protocol === "UDP";
}

/** What distinguishes the listeners of a port. */
function layerOf({ protocol }: Listener): "host" | "server-name" | "stream" {
  if (protocol === "HTTP") return "host";
  return protocol === "HTTPS" || protocol === "TLS" ? "server-name" : "stream";
}

/** A listener while it is read. */
interface Reading {
  readonly store: ObjectReader;
  readonly gateway: Gateway;
  readonly owner: ListenerOwner;
  readonly spec: Listener;
  /** Reports a problem of the listener. */
  readonly report: (problem: Problem) => void;
  readonly faults: Faults;
}

function readListener(reading: Reading, conflict: Problem | undefined): GatewayListener {
  const { gateway, owner, spec, report } = reading;
  const host = hostPattern(spec.hostname);
  const base = { gateway, owner, spec, host, attached: 0 };
  const kinds = KINDS[spec.protocol];
  if (kinds === undefined) {
    const why = `protocol ${spec.protocol} is none of ${Object.keys(KINDS).join(", ")}`;
    const reason = "UnsupportedProtocol";
    report({ reason, message: why, rule: "gateway-listener", field: ["protocol"] });
    return refusedListener(base, [], reason, why);
  }
  const asked = spec.allowedRoutes?.kinds ?? [];
  const supportedKinds = asked.length === 0 ? kinds.map(routeKind) : asked.filter(isKnown);
  function isKnown({ group = GATEWAY_GROUP, kind }: RouteGroupKind): boolean {
    return group === GATEWAY_GROUP && (kinds as readonly string[]).includes(kind);
  }
  const named = supportedKinds.map(({ kind }) => routeKind(kind));
  if (conflict !== undefined) {
    const { reason, message } = conflict;
    report(conflict);
    return {
      ...refusedListener(base, named, reason, message),
      isConflicted: true,
      verdicts: [
        refusedVerdict("Accepted", reason, message),
        refusedVerdict("Programmed", reason, message),
        verdict("Conflicted", reason, message),
        verdict("ResolvedRefs", "ResolvedRefs"),
      ],
    };
  }
  const unknown = asked.find((each) => !isKnown(each));
  const kindProblem: Problem | undefined = unknown && {
    reason: "InvalidRouteKinds",
    message: `${unknown.kind} is no kind of route for ${spec.protocol}, which are ${kinds.join(", ")}`,
    rule: "gateway-listener",
    field: ["allowedRoutes", "kinds", asked.indexOf(unknown)],
  };
  const { certificates, problem } = certificatesOf(reading);
  const clients = clientsOf(reading);
  const unresolved = kindProblem ?? problem ?? clients?.problem;
  if (kindProblem !== undefined) report(kindProblem);
  if (problem !== undefined) report(problem);
  const noClients = clients !== undefined && clients.ca.length === 0;
  const accepted = noClients
    ? refusedVerdict("Accepted", "NoValidCACertificate", clients.problem?.message ?? "")
    : verdict("Accepted", "Accepted");
  const lacksCertificate = needsCertificate(spec) && certificates.length === 0;
  const isServed = !noClients && !lacksCertificate;
  return {
    ...base,
    supportedKinds: named,
    certificates,
    clients: clients && { ca: clients.ca, isOptional: clients.isOptional },
    isConflicted: false,
    isServed,
    isServable: !noClients,
    verdicts: [
      accepted,
      isServed && unresolved === undefined
        ? verdict("Programmed", "Programmed")
        : refusedVerdict("Programmed", "Invalid", unresolved?.message ?? ""),
      verdict("Conflicted", "NoConflicts", "", false),
      unresolved === undefined
        ? verdict("ResolvedRefs", "ResolvedRefs")
        : refusedVerdict("ResolvedRefs", unresolved.reason, unresolved.message),
    ],
  };
}

function routeKind(kind: string): RouteGroupKind {
  return { group: GATEWAY_GROUP, kind };
}

function refusedListener(
  base: Pick<GatewayListener, "gateway" | "owner" | "spec" | "host" | "attached">,
  supportedKinds: readonly RouteGroupKind[],
  reason: string,
  message: string,
): GatewayListener {
  return {
    ...base,
    supportedKinds,
    certificates: [],
    clients: undefined,
    isConflicted: false,
    isServed: false,
    isServable: false,
    verdicts: [
      refusedVerdict("Accepted", reason, message),
      refusedVerdict("Programmed", "Invalid", message),
      verdict("ResolvedRefs", "ResolvedRefs"),
    ],
  };
}

function needsCertificate({ protocol, tls }: Listener): boolean {
  return protocol === "HTTPS" || (protocol === "TLS" && tls?.mode !== "Passthrough");
}

function certificatesOf({ store, owner, spec }: Reading): {
  certificates: ServerCertificate[];
  problem: Problem | undefined;
} {
  if (!needsCertificate(spec)) return { certificates: [], problem: undefined };
  const from = {
    group: GATEWAY_GROUP,
    kind: owner.kind,
    namespace: owner.metadata.namespace ?? "",
  };
  const results = (spec.tls?.certificateRefs ?? []).map(
    (ref, index): Problem | ServerCertificate => {
      const found = certificateOf(store, ref, from, "InvalidCertificateRef");
      if (!isProblem(found)) return found;
      return { ...found, field: ["tls", "certificateRefs", index, ...found.field] };
    },
  );
  const problem: Problem | undefined =
    results.length === 0
      ? {
          reason: "InvalidCertificateRef",
          message: "no certificate is named in tls.certificateRefs",
          rule: "gateway-certificate",
          field: [],
        }
      : results.find(isProblem);
  return {
    certificates: results.filter((each): each is ServerCertificate => !isProblem(each)),
    problem,
  };
}

function clientsOf({ store, gateway, spec: { protocol, port }, faults }: Reading) {
  const validation = protocol === "HTTPS" ? validationOf(gateway, port) : undefined;
  if (validation === undefined) return undefined;
  const { namespace = "" } = gateway.metadata;
  const { ca, problem } = authoritiesOf(
    store,
    validation.caCertificateRefs,
    { group: GATEWAY_GROUP, kind: "Gateway", namespace },
    { ref: "InvalidCACertificateRef", kind: "InvalidCACertificateKind" },
  );
  if (problem !== undefined) {
    const own = gateway.spec.tls?.frontend?.perPort?.findIndex((each) => each.port === port) ?? -1;
    const place = own < 0 ? ["default"] : ["perPort", own, "tls"];
    const path = ["spec", "tls", "frontend", ...place, "validation", "caCertificateRefs"];
    faults.add(gateway, path, problem);
  }
  return { ca, problem, isOptional: validation.mode === "AllowInsecureFallback" };
}

/** A Gateway's requirements for client certificates on a port. */
export function validationOf({ spec }: Gateway, port: number): FrontendValidation | undefined {
  const frontend = spec.tls?.frontend;
  const own = frontend?.perPort?.find((each) => each.port === port);
  return own === undefined ? frontend?.default.validation : own.tls.validation;
}

/** Whether a Gateway or listener accepts objects of a namespace. */
export function allowsNamespace(
  store: ObjectReader,
  rule: { readonly from?: string; readonly selector?: NamespaceSelector } | undefined,
  home: string,
  namespace: string,
  standard: "Same" | "None",
): boolean {
  switch (rule?.from ?? standard) {
    case "All":
      return true;
    case "Same":
      return namespace === home;
    case "Selector":
      return isNamespaceSelected(store, rule?.selector, namespace);
    default:
      return false;
  }
}
