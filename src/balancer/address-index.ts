import type { Service } from "../objects/service.ts";
import { type ServiceAddress, serviceAddresses } from "./service-addresses.ts";

/** The owner of a virtual address. */
export interface AddressOwner {
  readonly service: Service;
  readonly address: ServiceAddress;
}

/** Services by their ClusterIPs, load balancer and external addresses. */
export class AddressIndex {
  readonly #owners = new Map<string, AddressOwner>();

  at(address: string): AddressOwner | undefined {
    return this.#owners.get(address);
  }

  /** Two Services that claim one address: the first keeps it. */
  add(service: Service): void {
    for (const address of serviceAddresses(service)) {
      if (!this.#owners.has(address.address)) {
        this.#owners.set(address.address, { service, address });
      }
    }
  }

  remove(service: Service): void {
    const { namespace, name } = service.metadata;
    for (const { address } of serviceAddresses(service)) {
      const owner = this.#owners.get(address)?.service.metadata;
      if (owner?.name === name && owner.namespace === namespace) this.#owners.delete(address);
    }
  }
}
