import type { Diagnostic, FieldPath } from "../diagnostics/diagnostic.ts";
import type { PortRange } from "../net/port-pool.ts";
import { describeObject } from "../objects/object-key.ts";
import type { Service } from "../objects/service.ts";
import type { AddressRefusal } from "./cluster-ip-allocator.ts";
import type { NodePortRefusal } from "./node-port-allocator.ts";

/** A ClusterIP that a Service asks for and can't have. */
export function addressFinding(
  service: Service,
  path: FieldPath,
  address: string,
  refusal: AddressRefusal,
  ranges: string,
): Diagnostic {
  const base = { severity: "error", object: describeObject(service), path } as const;
  switch (refusal.reason) {
    case "taken":
      return {
        ...base,
        rule: "cluster-ip-taken",
        message: `ClusterIP ${address} belongs to ${refusal.holder}, so this Service has none`,
        hint: "leave clusterIP out to have one allocated, or choose another",
      };
    case "outside":
      return {
        ...base,
        rule: "cluster-ip-outside",
        message: `ClusterIP ${address} is outside ${ranges}, so this Service has none`,
        hint: "leave clusterIP out to have one allocated, or add a ServiceCIDR with its range",
      };
    case "reserved":
      return {
        ...base,
        rule: "cluster-ip-reserved",
        message: `ClusterIP ${address} is the network or broadcast address of its range`,
        hint: "leave clusterIP out to have one allocated, or choose another",
      };
    case "invalid":
      return {
        ...base,
        rule: "cluster-ip-invalid",
        message: `clusterIP ${JSON.stringify(address.slice(0, 80))} is no IP address`,
        hint: "write an address, None for a headless Service, or leave it out",
      };
  }
}

/** A node port that a Service asks for and can't have. */
export function portFinding(
  service: Service,
  path: FieldPath,
  port: number,
  refusal: NodePortRefusal,
  { first, last }: PortRange,
): Diagnostic {
  const base = { severity: "error", object: describeObject(service), path } as const;
  switch (refusal.reason) {
    case "taken":
      return {
        ...base,
        rule: "node-port-taken",
        message: `node port ${port} belongs to Service ${refusal.holder}, so this port has none`,
        hint: "leave nodePort out to have one allocated, or choose another",
      };
    case "outside":
      return {
        ...base,
        rule: "node-port-outside",
        message: `node port ${port} is outside ${first}-${last}, so this port has none`,
        hint: "leave nodePort out to have one allocated, or choose one in the range",
      };
  }
}

/** A family without a free ClusterIP, or without a range. */
export function noAddressFinding(service: Service, family: string): Diagnostic {
  return {
    rule: "cluster-ip-range",
    severity: "error",
    object: describeObject(service),
    path: ["spec", "ipFamilies"],
    message: `there is no free ClusterIP of family ${family}`,
    hint: `give the services a larger range, or one of family ${family}`,
  };
}

/** The range of node ports is used up. */
export function noPortFinding(
  service: Service,
  port: number,
  { first, last }: PortRange,
): Diagnostic {
  return {
    rule: "node-port-range",
    severity: "error",
    object: describeObject(service),
    path: ["spec", "ports", port],
    message: `there is no free node port in ${first}-${last}`,
    hint: "give node ports a larger range",
  };
}

/** A range goes while a Service has an address of it. */
export function strandedFinding(service: string, address: string, range: string): Diagnostic {
  return {
    rule: "service-cidr-in-use",
    severity: "warning",
    object: `Service ${service}`,
    path: ["spec", "clusterIP"],
    message: `ServiceCIDR ${range} is gone, and ${address} is of no other range: the Service keeps it`,
    hint: "a cluster lets such a range go only when its last address is free",
  };
}
