import { GATEWAY_GROUP, type Gateway } from "../objects/gateway.ts";
import type { Ingress } from "../objects/ingress.ts";
import type { ObjectReader } from "../store/store-reader.ts";
import { CONTROLLER_NAME } from "./gateway-class.ts";

/** The classes of Gateways and Ingresses that are served; absent: all. */
export type ServedClasses = readonly string[] | undefined;

export function isGatewayServed({ spec }: Gateway, classes: ServedClasses): boolean {
  return classes?.includes(spec.gatewayClassName) !== false;
}

/** An Ingress without a class, and without a default class, is not served when the served classes are given. */
export function isIngressServed(
  ingress: Ingress,
  store: ObjectReader,
  classes: ServedClasses,
): boolean {
  return classes === undefined || classes.includes(classOfIngress(ingress, store) ?? "");
}

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const DEFAULT_CLASS_ANNOTATION = "ingressclass.kubernetes.io/is-default-class";

/** The class that an Ingress names, or else the default class. */
export function classOfIngress(
  { metadata, spec }: Ingress,
  store: ObjectReader,
): string | undefined {
  const named = spec.ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION];
  if (named !== undefined) return named;
  const classes = store.list("IngressClass.networking.k8s.io");
  return classes.find((each) => each.metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === "true")
    ?.metadata.name;
}

/** Classes that are served here but belong to another controller in production, as far as they are used. */
export function othersClasses(store: ObjectReader, classes: ServedClasses): string[] {
  const found = new Set<string>();
  for (const gateway of store.list(`Gateway.${GATEWAY_GROUP}`)) {
    const { gatewayClassName: name } = gateway.spec;
    const known = store.get(`GatewayClass.${GATEWAY_GROUP}`, "", name);
    const isOurs = known?.spec.controllerName === CONTROLLER_NAME || name === OWN_CLASS;
    if (!isOurs && isGatewayServed(gateway, classes)) found.add(name);
  }
  for (const ingress of store.list("Ingress.networking.k8s.io")) {
    const name = classOfIngress(ingress, store);
    if (name === undefined || name === OWN_CLASS) continue;
    if (isIngressServed(ingress, store, classes)) found.add(name);
  }
  return [...found].sort();
}

/** The name of a class that is meant for this program only. */
const OWN_CLASS = "kubelane";
