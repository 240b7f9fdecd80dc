import { append } from "../objects/append.ts";
import { qualifiedName } from "../objects/object-key.ts";
import type { Service } from "../objects/service.ts";
import type { ServiceCIDR } from "../objects/service-cidr.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";
import { type AddressOptions, ServiceAllocation } from "./service-allocation.ts";

/**
 * Gives Services their ClusterIPs and node ports, by the rules of P.8: explicit ones first and never renumbered, the
 * others deterministically, kept over updates. Where two Services ask for the same, the older one keeps it, and the
 * other gets it when it becomes free. ServiceCIDRs add ranges, also of another family, and IPAddresses reserve an
 * address for the object that they name. Reads Services, ServiceCIDRs and IPAddresses; writes clusterIP, clusterIPs,
 * ipFamilies, ipFamilyPolicy, ports[].nodePort and healthCheckNodePort, and ServiceCIDRs' status.
 * @throws InvalidCidrError
 */
export function createAddressController(options: AddressOptions = {}): Controller {
  const allocation = new ServiceAllocation(options);
  return {
    name: "addresses",
    kinds: new Set(["Service", SERVICE_CIDR, IP_ADDRESS]),
    reconcile(changes, store, now) {
      const dirty = new Map<string, Service | undefined>();
      const operations: Operation[] = [];
      for (const { kind, object } of changes) {
        const { namespace = "", name } = object.metadata;
        if (kind === "Service") {
          dirty.set(qualifiedName(namespace, name), store.get("Service", namespace, name));
        } else if (kind === SERVICE_CIDR) {
          const cidr = store.get(SERVICE_CIDR, "", name);
          allocation.setRange(name, cidr);
          if (cidr !== undefined) append(operations, markReady(cidr, now));
        } else {
          allocation.setAddress(name, store.get(IP_ADDRESS, "", name));
        }
      }
      return [...operations, ...allocation.update(dirty, store)];
    },
  };
}

const SERVICE_CIDR = "ServiceCIDR.networking.k8s.io";
const IP_ADDRESS = "IPAddress.networking.k8s.io";

/** The condition by which clusters say that a range is used. */
function markReady({ metadata: { name }, status }: ServiceCIDR, now: Date): Operation[] {
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly object[] };
  if (conditions.length > 0) return [];
  const ready = {
    type: "Ready",
    status: "True",
    reason: "",
    message: "Kubernetes Service CIDR is ready",
    lastTransitionTime: timestamp(now),
  };
  const key = { kind: SERVICE_CIDR, namespace: "", name };
  return [{ op: "status", key, status: { conditions: [ready] } }];
}
