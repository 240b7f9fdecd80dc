import { endpointName } from "../objects/endpoint-name.ts";
import { SERVICE_NAME_LABEL } from "../objects/endpoint-slice.ts";
import { clusterIPs, isHeadless } from "../objects/service.ts";
import { readyEndpoints } from "./host-entries.ts";
import type { LookupContext } from "./hosts.ts";

/** A name and an address of the server that answers for a zone. */
export interface NameServerHost {
  readonly name: string;
  readonly address: string;
}

const DEFAULT_NAME = "ns.dns.";

/** Whether the name is `ns.dns.<zone>`; CoreDNS doesn't recognize it with upper case in the zone (D.16 #9). */
export function isNameServerName(lowerName: string, zone: string): boolean {
  return lowerName.startsWith(DEFAULT_NAME) && lowerName.indexOf(zone) === DEFAULT_NAME.length;
}

/**
 * The name servers of a zone (D.7): Services that have one of our own addresses as an endpoint, or else
 * `ns.dns.<zone>` with our addresses.
 */
export function nameServerHosts(
  zone: string,
  { catalog, settings }: LookupContext,
  localIPs: readonly string[],
): readonly NameServerHost[] {
  const hosts: NameServerHost[] = [];
  let isEndpoint = false;
  for (const localIP of settings.noLocalEndpoint ? [] : localIPs) {
    for (const slice of catalog.slicesWithIP(localIP)) {
      isEndpoint = true;
      const namespace = slice.metadata.namespace ?? "";
      const service = catalog.entry(
        namespace,
        slice.metadata.labels?.[SERVICE_NAME_LABEL] ?? "",
      )?.service;
      if (service === undefined) continue;
      const name = `${service.metadata.name}.${namespace}.svc.${zone}`;
      if (!isHeadless(service)) {
        for (const address of clusterIPs(service)) hosts.push({ name, address });
        continue;
      }
      for (const [endpoint, address] of readyEndpoints(slice)) {
        const label = endpointName(address, endpoint, settings.endpointPodNames);
        hosts.push({ name: `${label}.${name}`, address });
      }
    }
  }
  if (isEndpoint) return hosts;
  return localIPs.map((address) => ({ name: DEFAULT_NAME + zone, address }));
}
