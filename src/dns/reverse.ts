import { endpointName } from "../objects/endpoint-name.ts";
import { SERVICE_NAME_LABEL } from "../objects/endpoint-slice.ts";
import { readyEndpoints, whyHidden } from "./host-entries.ts";
import type { LookupContext } from "./hosts.ts";
import { formatIPv6, parseIPv4, parseIPv6 } from "./wire/address.ts";
import { splitName } from "./wire/name.ts";

/**
 * The address that a reverse name spells, in canonical form (D.9).
 * @returns undefined unless the name has all labels of an address.
 */
export function reverseAddress(lowerName: string): string | undefined {
  if (lowerName.endsWith(".in-addr.arpa.")) {
    const text = splitName(lowerName).slice(0, -2).reverse().join(".");
    return parseIPv4(text) < 0 ? undefined : text;
  }
  if (!lowerName.endsWith(".ip6.arpa.")) return undefined;
  const nibbles = splitName(lowerName).slice(0, -2).reverse();
  // Up to three extra labels on the left are ignored, as in CoreDNS.
  if (nibbles.length < 32 || nibbles.length > 35) return undefined;
  const digits = nibbles.slice(0, 32);
  if (!digits.every((digit) => /^[0-9a-f]$/.test(digit))) return undefined;
  const groups = parseIPv6((digits.join("").match(/.{4}/g) ?? []).join(":"));
  return groups === undefined ? undefined : formatIPv6(groups);
}

/** The reverse name of an address, without the final dot. @returns undefined for a text that is no address. */
export function reverseName(address: string): string | undefined {
  if (parseIPv4(address) >= 0) return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
  const groups = address.includes(":") ? parseIPv6(address) : undefined;
  if (groups === undefined) return undefined;
  const digits = Array.from(groups, (group) => group.toString(16).padStart(4, "0")).join("");
  return `${[...digits].reverse().join(".")}.ip6.arpa`;
}

/**
 * The names of an address: that of the Service with this ClusterIP, else those of all endpoints with this address
 * (D.9).
 */
export function reverseTargets(address: string, context: LookupContext): string[] {
  const { settings } = context;
  if (settings.view === "cluster") return targetsOf(address, context);
  for (const candidate of [address, ...settings.mirror.sourcesOf(address)]) {
    const targets = targetsOf(candidate, context);
    if (targets.length > 0) return targets;
  }
  return [];
}

function targetsOf(address: string, context: LookupContext): string[] {
  const { catalog, settings, topics } = context;
  topics.add(`address:${address}`);
  // Without a filter on namespaces the namespace need not exist.
  const isShown = (namespace: string) =>
    settings.namespaces === undefined || whyHidden(namespace, context) === undefined;
  for (const { metadata } of catalog.servicesWithIP(address)) {
    const namespace = metadata.namespace ?? "";
    if (isShown(namespace)) return [`${metadata.name}.${namespace}.svc.${settings.primaryZone}`];
  }
  if (settings.noEndpoints) return [];
  const targets = new Set<string>();
  for (const slice of catalog.slicesWithIP(address)) {
    const namespace = slice.metadata.namespace ?? "";
    const service = slice.metadata.labels?.[SERVICE_NAME_LABEL];
    // A slice without a Service has no name; CoreDNS doesn't answer at all then (D.16 #13).
    if (service === undefined || service === "" || !isShown(namespace)) continue;
    for (const [endpoint, text] of readyEndpoints(slice)) {
      if (text !== address) continue;
      const name = endpointName(address, endpoint, settings.endpointPodNames);
      targets.add(`${name}.${service}.${namespace}.svc.${settings.primaryZone}`);
    }
  }
  return [...targets];
}
