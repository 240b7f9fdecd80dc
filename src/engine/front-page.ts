import { whyNone } from "../controllers/why-none.ts";
import { hostPort } from "../net/host-port.ts";
import { describeHolder } from "../net/port-holder.ts";
import { type EndpointSlice, isEndpointReady } from "../objects/endpoint-slice.ts";
import { qualifiedName } from "../objects/object-key.ts";
import { hasOwnProxy, type Service } from "../objects/service.ts";
import { mayBeHttp } from "../proxy/app-protocol.ts";
import type { FrontPage, FrontService } from "../proxy/front-page.ts";
import { slicesOf } from "../store/slices-of.ts";
import { mainPort } from "../view/service-port.ts";
import type { View } from "../view/view.ts";
import type { LostAddress } from "./lost-addresses.ts";
import { serviceAddress } from "./service-address.ts";

/** The part of an engine that its gateway's page shows. */
export interface Shown {
  readonly view: Pick<View, "store" | "mirror">;
  lost(): readonly LostAddress[];
  /** What the program around the engine adds to the page. */
  troubles(): readonly string[];
}

/** Services sorted by name, with links through the gateway at this port. */
export function frontPage(
  { view: { store, mirror }, lost, troubles }: Shown,
  port: number,
): FrontPage {
  const services = store
    .list("Service")
    .filter((service) => !hasOwnProxy(service))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map((service) => frontService(service, slicesOf(service, store), { store, mirror }, port));
  return { services, troubles: [...lost().map(describeLost), ...troubles()] };
}

/** A Service as the page shows it. @param slices its own. @param port the gateway's. */
export function frontService(
  service: Service,
  slices: readonly EndpointSlice[],
  { store, mirror }: Shown["view"],
  port: number,
): FrontService {
  const endpoints = slices.flatMap((slice) => slice.endpoints);
  const ready = endpoints.filter(isEndpointReady).length;
  const isAlias = service.spec.type === "ExternalName";
  const url = urlOf(service, port);
  return {
    namespace: service.metadata.namespace ?? "",
    name: service.metadata.name,
    ...(url !== undefined && { url }),
    address: serviceAddress(service, mirror.node),
    ready,
    endpoints: endpoints.length,
    ...(ready === 0 && !isAlias && { problem: whyNone(service, slices, store).reason }),
  };
}

function urlOf(service: Service, gateway: number): string | undefined {
  const { metadata, spec } = service;
  if (spec.type === "ExternalName") return undefined;
  const port = mainPort(spec.ports ?? []);
  if (port === undefined || !mayBeHttp(port)) return undefined;
  return `http://${metadata.name}.${metadata.namespace}.localhost:${gateway}/`;
}

function describeLost({ relay: { host, port, target }, reason, holder }: LostAddress): string {
  const { namespace, service } = target.key;
  const why = holder === undefined ? reason : `${describeHolder(holder)} listens there`;
  return `${namespace}/${service} has not its address on this machine, ${hostPort(host, port)}: ${why}`;
}

const nameOf = ({ metadata }: Service) => qualifiedName(metadata.namespace, metadata.name);
