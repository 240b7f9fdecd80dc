import { append } from "../objects/append.ts";
import {
  GATEWAY_GROUP,
  type Gateway,
  type GRPCRoute,
  type HTTPRoute,
  type ListenerSet,
  type ParentReference,
} from "../objects/gateway.ts";
import type { Ingress } from "../objects/ingress.ts";
import type { KnownKinds } from "../objects/known-kinds.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { qualifiedName } from "../objects/object-key.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import { olderFirst } from "./age.ts";
import { attach, type Parent } from "./attachment.ts";
import { TlsPolicies, type TlsPolicy } from "./backend-tls.ts";
import { BackendRefs, didYouMean } from "./backends.ts";
import { PARTIALLY_INVALID, refusedVerdict, type Verdict, verdict } from "./conditions.ts";
import { Faults, isProblem, type Problem, type RouteFault } from "./fault.ts";
import { grpcRouteRules } from "./grpc-route.ts";
import { ANY_HOST, type HostPattern } from "./host-pattern.ts";
import { httpRouteRules, sourceOf } from "./http-route.ts";
import { ingressCertificates } from "./ingress.ts";
import { ingressTable } from "./ingress-table.ts";
import { certificateOf, type ServerCertificate } from "./key-material.ts";
import { allowsNamespace, type GatewayListener, listenersOf } from "./listeners.ts";
import type { RouteBackend } from "./route-backend.ts";
import { backendTls, type RouteRule } from "./route-rule.ts";
import { type HostRule, RouteTable } from "./route-table.ts";
import { isGatewayServed, isIngressServed, type ServedClasses } from "./served-classes.ts";
import { type StreamRule, streamRule } from "./stream-route.ts";

type RouteKind = "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute";
type AnyRoute = KnownKinds[`${RouteKind}.gateway.networking.k8s.io`];

const ROUTE_KINDS: readonly RouteKind[] = [
  "HTTPRoute",
  "GRPCRoute",
  "TLSRoute",
  "TCPRoute",
  "UDPRoute",
];

/** The part of a listener that traffic depends on. */
export type ListenerFacts = Pick<
  GatewayListener,
  "spec" | "host" | "certificates" | "clients" | "isServed"
>;

/** A listener with its attached routes. */
export interface PlannedListener<L = ListenerFacts> {
  readonly listener: L;
  readonly http: RouteTable;
  /** Targets of connections that are passed through, by the server name that a client asks for. */
  readonly streams: readonly { readonly host: HostPattern; readonly rule: StreamRule }[];
}

/** A Gateway with its listeners, and the content of its status. */
export interface PlannedGateway {
  readonly gateway: Gateway;
  readonly listeners: readonly PlannedListener<GatewayListener>[];
  readonly sets: readonly PlannedSet[];
  /** The client certificate for backends that require one. */
  readonly verdicts: readonly Verdict[];
}

export interface PlannedSet {
  readonly set: ListenerSet;
  readonly isAllowed: boolean;
}

/** A route's status for one of its parents. */
export interface ParentVerdict {
  readonly ref: ParentReference;
  readonly gateway: Gateway;
  readonly verdicts: readonly Verdict[];
}

export interface PlannedRoute {
  readonly route: AnyRoute;
  readonly parents: readonly ParentVerdict[];
}

/** A policy, and the Gateways whose requests it affects. */
export interface PlannedPolicy {
  readonly policy: TlsPolicy;
  readonly gateways: readonly Gateway[];
}

/** The routing of outside traffic by the objects, in executable form. */
export interface Routing {
  readonly gateways: readonly PlannedGateway[];
  readonly routes: readonly PlannedRoute[];
  readonly policies: readonly PlannedPolicy[];
  readonly ingresses: readonly Ingress[];
  /** The listeners of Ingresses, at ports 80 and 443. */
  readonly ingress: readonly PlannedListener[];
  /** The rules of all Ingresses and Gateways together, for the gateway that serves every host. */
  readonly everything: RouteTable;
  /** Errors in the objects, which their statuses report, too. */
  readonly faults: readonly RouteFault[];
}

/**
 * Translates Gateways, routes and Ingresses. Pure: the same objects give the same plan.
 * @param classes that are served; absent: all
 */
export function translate(store: ObjectReader, classes?: ServedClasses): Routing {
  const translation = new Translation(store);
  for (const gateway of store.list(`Gateway.${GATEWAY_GROUP}`)) {
    if (isGatewayServed(gateway, classes)) translation.addGateway(gateway);
    else translation.leaveGateway(gateway);
  }
  for (const kind of ROUTE_KINDS) {
    for (const route of store.list(`${kind}.${GATEWAY_GROUP}`)) translation.addRoute(route);
  }
  for (const ingress of store.list("Ingress.networking.k8s.io")) {
    if (isIngressServed(ingress, store, classes)) translation.addIngress(ingress);
  }
  return translation.end();
}

/** A Gateway while routes are being attached to it. */
interface OpenGateway {
  readonly gateway: Gateway;
  readonly listeners: readonly GatewayListener[];
  readonly sets: readonly PlannedSet[];
  readonly client: { readonly cert: string; readonly key: string } | undefined;
  readonly verdicts: readonly Verdict[];
}

class Translation {
  readonly #store: ObjectReader;
  readonly #policies: TlsPolicies;
  readonly #gateways = new Map<string, OpenGateway>();
  /** By kind, namespace and name. */
  readonly #parents = new Map<string, Parent & { readonly gateway: Gateway }>();
  /** Gateways and ListenerSets of classes that are not served here. */
  readonly #others = new Set<string>();
  readonly #http = new Map<GatewayListener, HostRule[]>();
  readonly #streams = new Map<GatewayListener, { host: HostPattern; rule: StreamRule }[]>();
  readonly #routes: PlannedRoute[] = [];
  readonly #used = new Map<TlsPolicy, Set<Gateway>>();
  readonly #ingresses: Ingress[] = [];
  readonly #certificates: ServerCertificate[] = [];
  readonly #faults = new Faults();

  constructor(store: ObjectReader) {
    this.#store = store;
    this.#policies = new TlsPolicies(store);
  }

  #setsOf({ metadata: { namespace = "", name } }: Gateway): ListenerSet[] {
    return this.#store
      .list(`ListenerSet.${GATEWAY_GROUP}`)
      .filter(({ spec: { parentRef }, metadata }) => {
        const { kind = "Gateway", group = GATEWAY_GROUP } = parentRef;
        const home = parentRef.namespace ?? metadata.namespace;
        return (
          kind === "Gateway" &&
          group === GATEWAY_GROUP &&
          parentRef.name === name &&
          home === namespace
        );
      })
      .sort(olderFirst);
  }

  /** Another controller serves it, and reports the status of its routes. */
  leaveGateway(gateway: Gateway): void {
    for (const each of [gateway, ...this.#setsOf(gateway)]) {
      this.#others.add(`${each.kind}/${keyOf(each)}`);
    }
  }

  addGateway(gateway: Gateway): void {
    const store = this.#store;
    const { namespace = "", name } = gateway.metadata;
    const sets = this.#setsOf(gateway).map((set): PlannedSet => {
      const rule = gateway.spec.allowedListeners?.namespaces;
      const from = set.metadata.namespace ?? "";
      return { set, isAllowed: allowsNamespace(store, rule, namespace, from, "None") };
    });
    const allowed = sets.filter(({ isAllowed }) => isAllowed).map(({ set }) => set);
    const listeners = listenersOf(store, gateway, allowed, this.#faults);
    const { client, verdicts } = this.#clientCertificate(gateway);
    const open = { gateway, listeners, sets, client, verdicts };
    this.#gateways.set(qualifiedName(namespace, name), open);
    for (const owner of [gateway, ...allowed]) {
      const own = listeners.filter((each) => each.owner === owner);
      const { namespace: home = "", name: its } = owner.metadata;
      this.#parents.set(`${owner.kind}/${home}/${its}`, { owner, listeners: own, gateway });
    }
    for (const { set, isAllowed } of sets) {
      if (isAllowed) continue;
      const { namespace: home = "", name: its } = set.metadata;
      this.#parents.set(`ListenerSet/${home}/${its}`, { owner: set, listeners: [], gateway });
    }
  }

  /** The client certificate of a Gateway, and its status. */
  #clientCertificate(gateway: Gateway): Pick<OpenGateway, "client" | "verdicts"> {
    const ref = gateway.spec.tls?.backend?.clientCertificateRef;
    if (ref === undefined) return { client: undefined, verdicts: [] };
    const { namespace = "" } = gateway.metadata;
    const from = { group: GATEWAY_GROUP, kind: "Gateway", namespace };
    const found = certificateOf(this.#store, ref, from, "InvalidClientCertificateRef");
    if (!isProblem(found)) {
      const client = { cert: found.cert, key: found.key };
      return { client, verdicts: [verdict("ResolvedRefs", "ResolvedRefs")] };
    }
    this.#faults.add(gateway, ["spec", "tls", "backend", "clientCertificateRef"], found);
    const refused = refusedVerdict("ResolvedRefs", found.reason, found.message);
    return { client: undefined, verdicts: [refused] };
  }

  addRoute(route: AnyRoute): void {
    const { namespace = "" } = route.metadata;
    const refs = new BackendRefs(this.#store, this.#policies, route, this.#faults);
    let rules: RouteRule[] = [];
    let stream: StreamRule | undefined;
    if (route.kind === "HTTPRoute") rules = httpRouteRules(route as HTTPRoute, refs);
    else if (route.kind === "GRPCRoute") rules = grpcRouteRules(route as GRPCRoute, refs);
    else
      stream = streamRule(
        route as KnownKinds["TCPRoute.gateway.networking.k8s.io"],
        sourceOf(route, 0),
        refs,
      );
    const resolved =
      refs.problem === undefined
        ? verdict("ResolvedRefs", "ResolvedRefs")
        : refusedVerdict("ResolvedRefs", refs.problem.reason, refs.problem.message);
    const dropped = droppedVerdict(rules, refs);
    const hostnames = "hostnames" in route.spec ? (route.spec.hostnames ?? []) : [];
    const parents: ParentVerdict[] = [];
    const counted = new Set<GatewayListener>();
    for (const [index, ref] of (route.spec.parentRefs ?? []).entries()) {
      const { kind = "Gateway", group = GATEWAY_GROUP, name } = ref;
      // A Service as a parent belongs to a service mesh (GAMMA).
      if (group !== GATEWAY_GROUP) continue;
      const place = ["spec", "parentRefs", index];
      const home = ref.namespace ?? namespace;
      const parent = this.#parents.get(`${kind}/${home}/${name}`);
      if (this.#others.has(`${kind}/${home}/${name}`)) continue;
      if (parent === undefined) {
        this.#faults.add(route, place, this.#unknownParent(kind, home, name));
        continue;
      }
      const { gateway } = parent;
      const { attached, problem } = attach(this.#store, route, ref, parent, hostnames);
      if (problem !== undefined) this.#faults.add(route, place, problem);
      for (const { listener, hosts } of attached) {
        if (!counted.has(listener)) listener.attached++;
        counted.add(listener);
        const client = this.#gateways.get(keyOf(gateway))?.client;
        for (const host of hosts) {
          for (const rule of rules)
            add(this.#http, listener, { host, rule: showing(rule, client) });
          if (stream !== undefined) add(this.#streams, listener, { host, rule: stream });
        }
      }
      if (attached.length > 0) {
        for (const policy of refs.policies) {
          this.#used.set(policy, (this.#used.get(policy) ?? new Set()).add(gateway));
        }
      }
      const accepted =
        problem === undefined
          ? (dropped ?? [verdict("Accepted", "Accepted")])
          : [refusedVerdict("Accepted", problem.reason, problem.message)];
      parents.push({ ref, gateway, verdicts: [...accepted, resolved] });
    }
    this.#routes.push({ route, parents });
  }

  #unknownParent(kind: string, namespace: string, name: string): Problem {
    return {
      reason: "NoMatchingParent",
      message: `there is no ${kind} ${namespace}/${name}`,
      rule: "route-parent",
      field: ["name"],
      hint: () => {
        const all = [...this.#parents.values()].map(({ owner }) => owner);
        const here = all.filter((owner) => owner.metadata.namespace === namespace);
        const elsewhere = all.find((owner) => owner.metadata.name === name);
        if (elsewhere === undefined) return didYouMean(name, here);
        const { kind: its, metadata } = elsewhere;
        return `there is a ${its} ${name} in namespace ${metadata.namespace}`;
      },
    };
  }

  addIngress(ingress: Ingress): void {
    this.#ingresses.push(ingress);
    append(this.#certificates, ingressCertificates(ingress, this.#store));
  }

  #ingressListeners(rules: readonly HostRule[]): PlannedListener[] {
    const http = new RouteTable(rules);
    const facts = { host: ANY_HOST, clients: undefined, isServed: true };
    const plain = { name: "http", port: 80, protocol: "HTTP" };
    const secure = { name: "https", port: 443, protocol: "HTTPS" };
    return [
      { listener: { ...facts, spec: plain, certificates: [] }, http, streams: [] },
      { listener: { ...facts, spec: secure, certificates: this.#certificates }, http, streams: [] },
    ];
  }

  end(): Routing {
    for (const { policy, problem } of this.#policies.all()) {
      if (problem !== undefined) this.#faults.add(policy, ["spec"], problem);
    }
    const gateways = [...this.#gateways.values()].map(({ gateway, listeners, sets, verdicts }) => ({
      gateway,
      sets,
      verdicts,
      listeners: listeners.map((listener) => ({
        listener,
        http: new RouteTable(this.#http.get(listener) ?? []),
        streams: this.#streams.get(listener) ?? [],
      })),
    }));
    const served = [...this.#http].flatMap(([listener, rules]) =>
      listener.isServable ? rules : [],
    );
    const ingressRules = ingressTable(this.#ingresses, {
      store: this.#store,
      faults: this.#faults,
    });
    return {
      gateways,
      routes: this.#routes,
      policies: [...this.#used].map(([policy, users]) => ({ policy, gateways: [...users] })),
      ingresses: this.#ingresses,
      ingress: this.#ingresses.length === 0 ? [] : this.#ingressListeners(ingressRules),
      everything: new RouteTable([...ingressRules, ...served]),
      faults: this.#faults.list,
    };
  }
}

/** The condition of a route with dropped rules, if there are any. */
function droppedVerdict(
  rules: readonly RouteRule[],
  { dropped }: BackendRefs,
): readonly Verdict[] | undefined {
  if (dropped.size === 0) return undefined;
  const said = [...dropped].map(([index, { message }]) => `rule ${index + 1}: ${message}`);
  const why = `Dropped Rule(s): ${said.join("; ")}`;
  return dropped.size === rules.length
    ? [refusedVerdict("Accepted", "UnsupportedValue", why)]
    : [verdict("Accepted", "Accepted"), verdict(PARTIALLY_INVALID, "UnsupportedValue", why)];
}

/** The rule with the client certificate of the Gateway. */
function showing(
  rule: RouteRule,
  client: { readonly cert: string; readonly key: string } | undefined,
): RouteRule {
  if (client === undefined) return rule;
  const shown = (backend: RouteBackend): RouteBackend => {
    const { tls } = backend;
    if (tls === undefined) return backend;
    const { hostname, ca, names, isVerified } = tls;
    return { ...backend, tls: backendTls({ hostname, ca, names, client, isVerified }) };
  };
  const { backends, mirrors } = rule;
  if (![...backends, ...mirrors.map(({ backend }) => backend)].some(({ tls }) => tls)) return rule;
  return {
    ...rule,
    backends: backends.map(shown),
    mirrors: mirrors.map((mirror) => ({ ...mirror, backend: shown(mirror.backend) })),
  };
}

function add<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function keyOf({ metadata: { namespace = "", name } }: KubernetesObject): string {
  return qualifiedName(namespace, name);
}
