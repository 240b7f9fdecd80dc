import {
  type Condition,
  GATEWAY_GROUP,
  type Gateway,
  type GatewayStatus,
  type ListenerStatus,
  type ParentReference,
  type PolicyAncestorStatus,
  type RouteParentStatus,
} from "../objects/gateway.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { StoreReader } from "../store/store-reader.ts";
import {
  conditionsOf,
  PARTIALLY_INVALID,
  refusedVerdict,
  type Verdict,
  verdict,
} from "./conditions.ts";
import { controllerOfClass } from "./gateway-class.ts";
import { externalAddresses, INGRESS_SERVICE, serviceNameOf } from "./gateway-service.ts";
import type { GatewayListener } from "./listeners.ts";
import type {
  PlannedGateway,
  PlannedPolicy,
  PlannedRoute,
  PlannedSet,
  Routing,
} from "./translate.ts";

/** An object with its new status. */
export interface WantedStatus {
  readonly object: KubernetesObject;
  readonly status: unknown;
}

/** Whether a Gateway is served, apart from its addresses. */
export function judgeGateway({ gateway, listeners }: PlannedGateway): Verdict {
  const { addresses = [], infrastructure } = gateway.spec;
  const odd = addresses.find(({ type = "IPAddress" }) => type !== "IPAddress");
  if (odd !== undefined) {
    const why = `an address of type ${odd.type} can't be had, only IPAddress`;
    return refusedVerdict("Accepted", "UnsupportedAddress", why);
  }
  const parameters = infrastructure?.parametersRef;
  if (parameters !== undefined) {
    const why = `${parameters.kind} ${parameters.name} says nothing to this controller`;
    return refusedVerdict("Accepted", "InvalidParameters", why);
  }
  const own = listeners.map(({ listener }) => listener).filter(({ owner }) => owner === gateway);
  const isValid = (listener: GatewayListener) => find(listener, "Accepted").status;
  if (own.length > 0 && !listeners.some(({ listener }) => isValid(listener))) {
    const why = "no listener is valid: see the conditions of each";
    return refusedVerdict("Accepted", "ListenersNotValid", why);
  }
  return own.every(isValid)
    ? verdict("Accepted", "Accepted")
    : verdict("Accepted", "ListenersNotValid", "some listeners are not valid");
}

/** The addresses that a Gateway asks for; none where any will do. */
export function askedAddresses({ spec }: Gateway): string[] {
  return (spec.addresses ?? []).flatMap(({ value = "" }) => value || []);
}

/** The statuses of all objects of a plan. */
export function* wantedStatuses(
  routing: Routing,
  store: StoreReader,
  now: Date,
): Generator<WantedStatus> {
  for (const planned of routing.gateways) {
    yield { object: planned.gateway, status: gatewayStatus(planned, store, now) };
    for (const set of planned.sets) yield { object: set.set, status: setStatus(planned, set, now) };
  }
  for (const planned of routing.routes) {
    const { route } = planned;
    const parents = parentStatuses(planned, store, now);
    if (parents.length > 0 || route.status !== undefined)
      yield { object: route, status: { parents } };
  }
  for (const planned of routing.policies) {
    yield { object: planned.policy.policy, status: policyStatus(planned, store, now) };
  }
  const service = store.get("Service", INGRESS_SERVICE.namespace, INGRESS_SERVICE.name);
  const ingress = externalAddresses(service).map((ip) => ({ ip }));
  for (const object of routing.ingresses) {
    yield { object, status: { loadBalancer: ingress.length === 0 ? {} : { ingress } } };
  }
}

function gatewayStatus(planned: PlannedGateway, store: StoreReader, now: Date): GatewayStatus {
  const { gateway, listeners, sets } = planned;
  const { metadata, status } = gateway;
  const { generation, namespace = "" } = metadata;
  const accepted = judgeGateway(planned);
  const service = store.get("Service", namespace, serviceNameOf(gateway));
  const addresses = externalAddresses(service);
  const isOptional = listeners.some(({ listener }) => listener.clients?.isOptional === true);
  const verdicts = [
    accepted,
    programmed(gateway, accepted, addresses),
    ...planned.verdicts,
    ...(isOptional
      ? [
          verdict(
            "InsecureFrontendValidationMode",
            "ConfigurationChanged",
            "clients without a valid certificate are let in",
          ),
        ]
      : []),
  ];
  const known = status?.conditions?.filter(({ type }) => isKept(type, verdicts));
  return {
    conditions: conditionsOf(verdicts, known, generation, now),
    addresses: addresses.map((value) => ({ type: "IPAddress", value })),
    listeners: listenerStatuses(planned, gateway, status?.listeners, now),
    attachedListenerSets: sets.filter((set) => isValidSet(planned, set)).length,
  };
}

/** Our conditions that don't hold any more are removed, and so is the default that an API server sets first. */
function isKept(type: string, verdicts: readonly Verdict[]): boolean {
  const ours = ["Accepted", "Programmed", "ResolvedRefs", "InsecureFrontendValidationMode"];
  return !ours.includes(type) || verdicts.some((each) => each.type === type);
}

function programmed(gateway: Gateway, accepted: Verdict, addresses: readonly string[]): Verdict {
  if (!accepted.status) return refusedVerdict("Programmed", "Invalid", accepted.message);
  const wanted = askedAddresses(gateway);
  if (wanted.length > 1) {
    const why = `a Gateway can have one address here, and asks for ${wanted.join(", ")}`;
    return refusedVerdict("Programmed", "AddressNotUsable", why);
  }
  if (addresses.length > 0) return verdict("Programmed", "Programmed");
  return wanted.length === 0
    ? refusedVerdict("Programmed", "AddressNotAssigned", "there is no free address")
    : refusedVerdict("Programmed", "AddressNotUsable", `${wanted[0]} is taken, or not to be had`);
}

function find({ verdicts }: GatewayListener, type: string): Verdict {
  return verdicts.find((each) => each.type === type) as Verdict;
}

function listenerStatuses(
  { listeners }: PlannedGateway,
  owner: KubernetesObject,
  known: readonly ListenerStatus[] | undefined,
  now: Date,
): ListenerStatus[] {
  return listeners.flatMap(({ listener }) => {
    if (listener.owner !== owner) return [];
    const { spec, supportedKinds, attached, verdicts } = listener;
    const before = known?.find(({ name }) => name === spec.name)?.conditions;
    return {
      name: spec.name,
      supportedKinds: [...supportedKinds],
      attachedRoutes: attached,
      conditions: conditionsOf(verdicts, keptOf(before, verdicts), owner.metadata.generation, now),
    };
  });
}

function keptOf(
  before: readonly Condition[] | undefined,
  verdicts: readonly Verdict[],
): Condition[] | undefined {
  return before?.filter(({ type }) => verdicts.some((each) => each.type === type));
}

function isValidSet({ listeners }: PlannedGateway, { set, isAllowed }: PlannedSet): boolean {
  return isAllowed && listeners.some(({ listener }) => listener.owner === set && listener.isServed);
}

function setStatus(planned: PlannedGateway, { set, isAllowed }: PlannedSet, now: Date) {
  const { status, metadata } = set;
  const reason = isAllowed ? "ListenersNotValid" : "NotAllowed";
  const why = isAllowed
    ? "no listener is valid: see the conditions of each"
    : `Gateway ${planned.gateway.metadata.name} does not take ListenerSets of namespace ${metadata.namespace}`;
  const verdicts = isValidSet(planned, { set, isAllowed })
    ? [verdict("Accepted", "Accepted"), verdict("Programmed", "Programmed")]
    : [refusedVerdict("Accepted", reason, why), refusedVerdict("Programmed", reason, why)];
  return {
    conditions: conditionsOf(verdicts, status?.conditions, metadata.generation, now),
    listeners: listenerStatuses(planned, set, status?.listeners, now),
  };
}

function parentStatuses(
  { route, parents }: PlannedRoute,
  store: StoreReader,
  now: Date,
): RouteParentStatus[] {
  const known = (route.status?.parents ?? []) as readonly RouteParentStatus[];
  const own = parents.map(({ ref, gateway, verdicts }): RouteParentStatus => {
    const controllerName = controllerOfClass(store, gateway);
    const before = known.find(
      (each) => each.controllerName === controllerName && isSame(each.parentRef, ref),
    );
    const isSaid = (type: string) => verdicts.some((each) => each.type === type);
    return {
      parentRef: { group: GATEWAY_GROUP, kind: "Gateway", ...ref },
      controllerName,
      conditions: conditionsOf(
        verdicts,
        before?.conditions.filter(({ type }) => type !== PARTIALLY_INVALID || isSaid(type)),
        route.metadata.generation,
        now,
      ),
    };
  });
  const names = new Set(own.map(({ controllerName }) => controllerName));
  const others = known.filter((each) => !names.has(each.controllerName) && own.length > 0);
  return [...own, ...others];
}

function isSame(a: ParentReference, b: ParentReference): boolean {
  return (
    a.name === b.name &&
    a.namespace === b.namespace &&
    a.sectionName === b.sectionName &&
    a.port === b.port &&
    (a.kind ?? "Gateway") === (b.kind ?? "Gateway")
  );
}

function policyStatus({ policy, gateways }: PlannedPolicy, store: StoreReader, now: Date) {
  const { status, metadata } = policy.policy;
  const known = status?.ancestors ?? [];
  const own = gateways.map((gateway): PolicyAncestorStatus => {
    const { namespace, name } = gateway.metadata;
    const before = known.find(({ ancestorRef }) => ancestorRef.name === name);
    return {
      ancestorRef: {
        group: GATEWAY_GROUP,
        kind: "Gateway",
        name,
        ...(namespace !== undefined && { namespace }),
      },
      controllerName: controllerOfClass(store, gateway),
      conditions: conditionsOf(policy.verdicts, before?.conditions, metadata.generation, now),
    };
  });
  return { ancestors: own };
}
