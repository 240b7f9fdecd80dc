import type { Catalog } from "./catalog.ts";
import type { Settings } from "./options.ts";
import type { Request } from "./request.ts";
import { isWithin, zoneOf } from "./zones.ts";

/**
 * The search list of the pod that asks (D.15); its last element is empty and stands for the name itself. A client at
 * the loopback mirror of a pod's address counts as that pod.
 * @returns undefined when the client is no verified pod or the name is not in our zones.
 */
export function autopathSearch(
  { lowerName, client }: Request,
  catalog: Catalog,
  settings: Settings,
): readonly string[] | undefined {
  const zone = zoneOf(lowerName, settings.zones);
  if (zone === undefined || settings.pods !== "verified" || client.address === undefined) {
    return undefined;
  }
  for (const address of [client.address, ...settings.mirror.sourcesOf(client.address)]) {
    const pod = catalog.podsWithIP(address)[0];
    if (pod === undefined) continue;
    const namespace = pod.metadata.namespace ?? "";
    const services = zone === "." ? "svc." : `svc.${zone}`;
    return [`${namespace}.${services}`, services, zone, ...settings.hostSearch, ""];
  }
  return undefined;
}

export function isFirstInSearch(lowerName: string, search: readonly string[]): boolean {
  const first = search[0] as string;
  return lowerName.length > first.length && isWithin(lowerName, first);
}
