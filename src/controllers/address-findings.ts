import type { Diagnostic, FieldPath } from "../diagnostics/diagnostic.ts";
import type { PortRange } from "../net/port-pool.ts";
import { describeObject } from "../objects/object-key.ts";
import type { Service } from "../objects/service.ts";
import type { AddressRefusal } from "./cluster-ip-allocator.ts";
import type { NodePortRefusal } from "./node-port-allocator.ts";

/** Findings about addresses that can't be allocated. */
type Refusal = Pick<Diagnostic, "rule" | "message" | "hint">;

/** A Service asks for a ClusterIP that it can't have. */
export function addressFinding(
  service: Service,
  path: FieldPath,
  address: string,
  refusal: AddressRefusal,
  ranges: string,
): Diagnostic {
  return refused(service, path, addressRefusal(address, refusal, ranges));
}

/** A Service asks for a node port that it can't have. */
export function portFinding(
  service: Service,
  path: FieldPath,
  port: number,
  refusal: NodePortRefusal,
  range: PortRange,
): Diagnostic {
  return refused(service, path, portRefusal(port, refusal, range));
}

function refused(service: Service, path: FieldPath, refusal: Refusal): Diagnostic {
  return { severity: "error", object: describeObject(service), path, ...refusal };
}

function addressRefusal(address: string, refusal: AddressRefusal, ranges: string): Refusal {
  switch (refusal.reason) {
    case "taken":
      return {
        rule: "cluster-ip-taken",
        message: `ClusterIP ${address} belongs to ${refusal.holder}, so this Service has none`,
        hint: "leave clusterIP out to have one allocated, or choose another",
      };
    case "outside":
      return {
        rule: "cluster-ip-outside",
        message: `ClusterIP ${address} is outside ${ranges}, so this Service has none`,
        hint: "leave clusterIP out to have one allocated, or add a ServiceCIDR with its range",
      };
    case "reserved":
      return {
        rule: "cluster-ip-reserved",
        message: `ClusterIP ${address} is the network or broadcast address of its range`,
        hint: "leave clusterIP out to have one allocated, or choose another",
      };
    case "invalid":
      return {
        rule: "cluster-ip-invalid",
        message: `clusterIP ${JSON.stringify(address.slice(0, 80))} is no IP address`,
        hint: "write an address, None for a headless Service, or leave it out",
      };
  }
}

function portRefusal(port: number, refusal: NodePortRefusal, { first, last }: PortRange): Refusal {
  if (refusal.reason === "taken") {
    return {
      rule: "node-port-taken",
      message: `node port ${port} belongs to Service ${refusal.holder}, so this port has none`,
      hint: "leave nodePort out to have one allocated, or choose another",
    };
  }
  return {
    rule: "node-port-outside",
    message: `node port ${port} is outside ${first}-${last}, so this port has none`,
    hint: "leave nodePort out to have one allocated, or choose one in the range",
  };
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

/** A range whose loopback mirror overlaps another's: it is not used. */
export function mirrorFinding(name: string, message: string): Diagnostic {
  return {
    rule: "service-cidr-mirror",
    severity: "warning",
    object: `ServiceCIDR ${name}`,
    path: ["spec", "cidrs"],
    message: `${message.split(";")[0]}, so the range adds nothing here`,
    hint: "choose a range that differs from the others after its first octet",
  };
}

/** A range is deleted while a Service has an address of it. */
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
