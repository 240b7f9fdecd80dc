import { append } from "../objects/append.ts";
import { GATEWAY_GROUP } from "../objects/gateway.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Change, Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { conditionsOf, verdict } from "./conditions.ts";
import { CONTROLLER_NAME, SUPPORTED_FEATURES } from "./gateway-class.ts";
import {
  type GatewayPort,
  gatewayService,
  INGRESS_SERVICE,
  ingressService,
  isAsWanted,
  serviceNameOf,
} from "./gateway-service.ts";
import type { RoutingPlan } from "./routing-plan.ts";
import { askedAddresses, judgeGateway, wantedStatuses } from "./statuses.ts";
import type { PlannedGateway } from "./translate.ts";

/** The kinds that route outside traffic. */
const OWN_KINDS: readonly string[] = [
  ...[
    "GatewayClass",
    "Gateway",
    "ListenerSet",
    "HTTPRoute",
    "GRPCRoute",
    "TLSRoute",
    "TCPRoute",
    "UDPRoute",
    "ReferenceGrant",
    "BackendTLSPolicy",
  ].map((kind) => `${kind}.${GATEWAY_GROUP}`),
  "Ingress.networking.k8s.io",
];

/** The kinds that those refer to. */
const REFERRED_KINDS: readonly string[] = ["Service", "Secret", "ConfigMap", "Namespace"];

/**
 * Follows Gateways, routes and Ingresses: updates the plan, creates a Service for each Gateway and one for all
 * Ingresses, through which they get addresses, and writes statuses.
 */
export function createRoutesController(plan: RoutingPlan): Controller {
  return {
    name: "routes",
    kinds: new Set([...OWN_KINDS, ...REFERRED_KINDS]),
    reconcile(changes, store, now) {
      const hasRoutes = OWN_KINDS.some((kind) => store.count(kind) > 0);
      if (!hasRoutes && plan.isEmpty) return [];
      if (!changes.some(matters)) return [];
      const routing = plan.update(store);
      const operations: Operation[] = [...classStatuses(store, now)];
      for (const { object, status } of wantedStatuses(routing, store, now)) {
        if (jsonEqual(object.status, status)) continue;
        operations.push({ op: "status", key: keyOf(object), status });
      }
      for (const planned of routing.gateways) append(operations, serviceOf(planned, store));
      append(operations, ingressServiceFor(routing.ingresses.length > 0, store));
      return operations;
    },
  };
}

/** Whether routes must be translated anew after these changes. */
export function concernsRoutes(changes: readonly Change[]): boolean {
  return changes.some(
    (change) =>
      (OWN_KINDS.includes(change.kind) || REFERRED_KINDS.includes(change.kind)) && matters(change),
  );
}

/** Changes of statuses alone are ignored, except addresses of Services. */
function matters({ type, kind, object, previous }: Change): boolean {
  if (type !== "modified" || previous === undefined || !OWN_KINDS.includes(kind)) return true;
  return (
    object.spec !== previous.spec ||
    object.metadata.labels !== previous.metadata.labels ||
    object.metadata.generation !== previous.metadata.generation ||
    object.metadata.uid !== previous.metadata.uid
  );
}

function* classStatuses(store: StoreReader, now: Date): Generator<Operation> {
  for (const object of store.list(`GatewayClass.${GATEWAY_GROUP}`)) {
    if (object.spec.controllerName !== CONTROLLER_NAME) continue;
    const { generation } = object.metadata;
    const verdicts = [
      verdict("Accepted", "Accepted"),
      verdict("SupportedVersion", "SupportedVersion"),
    ];
    const status = {
      conditions: conditionsOf(verdicts, object.status?.conditions, generation, now),
      supportedFeatures: SUPPORTED_FEATURES.map((name) => ({ name })),
    };
    if (!jsonEqual(object.status, status)) yield { op: "status", key: keyOf(object), status };
  }
}

function serviceOf(planned: PlannedGateway, store: StoreReader): Operation[] {
  const { gateway, listeners } = planned;
  const { namespace = "" } = gateway.metadata;
  const name = serviceNameOf(gateway);
  const existing = store.get("Service", namespace, name);
  const ports = new Map<string, GatewayPort>();
  for (const { listener } of listeners) {
    const { port } = listener.spec;
    const protocol = listener.spec.protocol === "UDP" ? "UDP" : "TCP";
    if (listener.isServed) ports.set(`${protocol}/${port}`, { port, protocol });
  }
  const isWanted = judgeGateway(planned).status && ports.size > 0;
  if (!isWanted) {
    return existing !== undefined && isOf(existing, gateway)
      ? [{ op: "delete", key: keyOf(existing) }]
      : [];
  }
  // A Service of the user with that name is not changed; the Gateway has no address then.
  if (existing !== undefined && !isOf(existing, gateway)) return [];
  const object = gatewayService(gateway, [...ports.values()], askedAddresses(gateway)[0]);
  return existing !== undefined && isAsWanted(existing, object) ? [] : [{ op: "put", object }];
}

function isOf(service: KubernetesObject, gateway: KubernetesObject): boolean {
  const { ownerReferences = [] } = service.metadata;
  return ownerReferences.some(({ uid }) => uid === gateway.metadata.uid);
}

function ingressServiceFor(isWanted: boolean, store: StoreReader): Operation[] {
  const existing = store.get("Service", INGRESS_SERVICE.namespace, INGRESS_SERVICE.name);
  if (isWanted === (existing !== undefined)) return [];
  return existing === undefined
    ? [{ op: "put", object: ingressService() }]
    : [{ op: "delete", key: keyOf(existing) }];
}
