import type { LostPlace } from "../../control/lost-addresses.ts";
import type { Service, ServicePort } from "../../objects/service.ts";
import type { Section } from "../section.ts";

/** Local addresses of a Service port that another program holds, or that are not served. */
export function heldAddresses(
  lost: readonly LostPlace[],
  service: Service,
  port: ServicePort,
): { readonly step?: Section; readonly elsewhere?: string } {
  const held = lost.filter((place) => isAt(place, service, port));
  if (held.length === 0) return {};
  const step = { title: "on this machine", lines: held.map(heldLine) };
  const other = held.find(({ holder }) => holder !== undefined);
  if (other === undefined) return { step };
  const { host, port: number, holder } = other;
  const { namespace, name } = service.metadata;
  return {
    step,
    elsewhere: `who goes to ${host}:${number} reaches ${holder}, not ${namespace}/${name}; end that program, or go through the gateway`,
  };
}

/** Whether the address leads to this port of the Service. */
function isAt(
  place: LostPlace,
  { metadata: { namespace = "", name } }: Service,
  { port, nodePort }: ServicePort,
): boolean {
  const { service } = place;
  if (service.namespace !== namespace || service.name !== name) return false;
  return place.port === port || place.port === nodePort;
}

function heldLine({ host, port, holder, reason }: LostPlace): string {
  return holder === undefined
    ? `nothing listens at ${host}:${port}: ${reason}`
    : `${holder} listens at ${host}:${port}`;
}
