import { familyOf } from "../net/address.ts";
import { hasNodePorts, type IPFamily, type ServiceSpec } from "../objects/service.ts";

/** A Service's request before anything is allocated; undefined stands for "any". */
export interface ServiceDemand {
  readonly families: readonly IPFamily[];
  readonly familyPolicy: NonNullable<ServiceSpec["ipFamilyPolicy"]>;
  /** One for each family; empty for a headless Service. */
  readonly addresses: readonly (string | undefined)[];
  /** One for each port, false where none is allocated; empty when the Service has no node ports. */
  readonly nodePorts: readonly (number | undefined | false)[];
  /** False when it has none. */
  readonly healthCheckNodePort: number | undefined | false;
  /** Whether the spec looks as an API server returns it, so that it was validated before. */
  readonly admitted: boolean;
}

/** What the Service had before its spec was replaced. */
export type FormerSpec = Pick<
  ServiceSpec,
  "clusterIPs" | "ports" | "healthCheckNodePort" | "ipFamilies" | "ipFamilyPolicy" | "type"
>;

/**
 * Reads the request from a spec. Absent fields are taken from what the Service had (P.8).
 * @param available the families of the cluster, the primary one first.
 */
export function serviceDemand(
  spec: ServiceSpec,
  had: FormerSpec | undefined,
  available: readonly IPFamily[],
): ServiceDemand {
  const explicit = explicitAddresses(spec);
  const headless = explicit[0] === "None";
  const { families, familyPolicy } = familyDemand(spec, headless ? [] : explicit, had, available);
  const carried = (family: IPFamily) => had?.clusterIPs?.find((ip) => familyOf(ip) === family);
  return {
    families,
    familyPolicy,
    addresses: headless ? [] : families.map((family, i) => explicit[i] ?? carried(family)),
    nodePorts: hasNodePorts(spec) && !headless ? nodePortDemand(spec, had) : [],
    healthCheckNodePort:
      spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local"
        ? (spec.healthCheckNodePort ?? had?.healthCheckNodePort)
        : false,
    admitted: spec.clusterIPs !== undefined && spec.ipFamilies !== undefined,
  };
}

function explicitAddresses({ clusterIP, clusterIPs }: ServiceSpec): readonly string[] {
  const all = clusterIPs !== undefined && clusterIPs.length > 0 ? clusterIPs : [clusterIP ?? ""];
  return all.filter((address) => address !== "");
}

function familyDemand(
  spec: ServiceSpec,
  explicit: readonly string[],
  had: FormerSpec | undefined,
  available: readonly IPFamily[],
): Pick<ServiceDemand, "families" | "familyPolicy"> {
  const named = spec.ipFamilies ?? explicit.map((address) => familyOf(address) ?? "IPv4");
  const withoutSelector = Object.keys(spec.selector ?? {}).length === 0;
  const headlessWithoutSelector = explicitAddresses(spec)[0] === "None" && withoutSelector;
  const familyPolicy =
    spec.ipFamilyPolicy ??
    (named.length < 2 ? had?.ipFamilyPolicy : undefined) ??
    (named.length > 1 || headlessWithoutSelector ? "RequireDualStack" : "SingleStack");
  const primary = named[0] ?? had?.ipFamilies?.[0] ?? available[0] ?? "IPv4";
  if (familyPolicy === "SingleStack") return { families: [primary], familyPolicy };
  const secondary: IPFamily = primary === "IPv4" ? "IPv6" : "IPv4";
  const dual =
    named.length > 1 || familyPolicy === "RequireDualStack" || available.includes(secondary);
  return { families: dual ? [primary, secondary] : [primary], familyPolicy };
}

/**
 * Explicit numbers first; an absent one is taken from the former port of the same name unless another port uses it
 * now (P.8). Where allocation is off, explicit numbers are still allocated.
 */
function nodePortDemand(
  { type, allocateLoadBalancerNodePorts, ports = [] }: ServiceSpec,
  had: FormerSpec | undefined,
): ServiceDemand["nodePorts"] {
  const other =
    type === "LoadBalancer" && allocateLoadBalancerNodePorts === false ? false : undefined;
  const used = new Set(ports.map((port) => port.nodePort));
  const before = new Map(had?.ports?.map((port) => [port.name ?? "", port.nodePort]));
  return ports.map((port) => {
    if (port.nodePort !== undefined && port.nodePort !== 0) return port.nodePort;
    const carried = before.get(port.name ?? "");
    if (carried === undefined || used.has(carried)) return other;
    used.add(carried);
    return carried;
  });
}
