import type { RunningEngine } from "../../control/client.ts";
import { type LostPlace, lostAddresses } from "../../control/lost-addresses.ts";
import { printable } from "../../diagnostics/printable.ts";
import type { KubernetesObject } from "../../objects/object.ts";

/** Addresses that are listed for one program; further ones are only counted. */
const NAMED = 3;

/** Which addresses of these Services are held by other programs on this machine; empty when none are. */
export async function heldNote(
  { socketPath }: RunningEngine,
  services: readonly KubernetesObject[],
): Promise<string> {
  const listed = new Set(services.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const byHolder = new Map<string, LostPlace[]>();
  for (const place of await lostAddresses(socketPath)) {
    const { holder, service } = place;
    if (holder === undefined || !listed.has(`${service.namespace}/${service.name}`)) continue;
    byHolder.set(holder, [...(byHolder.get(holder) ?? []), place]);
  }
  return [...byHolder]
    .map(([holder, places]) => printable(`note: ${holder} listens at ${some(places)}\n`))
    .join("");
}

function some(places: readonly LostPlace[]): string {
  const names = places.map(
    ({ host, port, service }) => `${host}:${port} (${service.namespace}/${service.name})`,
  );
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(", ")} and ${more} more` : names.join(", ");
}
