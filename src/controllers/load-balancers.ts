import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { familyOf } from "../net/address.ts";
import { AddressPool, DEFAULT_LOAD_BALANCER_RANGE } from "../net/address-pool.ts";
import { append } from "../objects/append.ts";
import { describeObject, keyOf, qualifiedName } from "../objects/object-key.ts";
import type { LoadBalancerIngress, Service } from "../objects/service.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";

export interface LoadBalancerControllerOptions {
  /** Ranges for allocation, at most one for each family. Default: 10.112.0.0/24. */
  readonly loadBalancerRanges?: readonly string[];
  readonly onFinding?: (finding: Diagnostic) => void;
}

/**
 * Gives Services of type LoadBalancer an address, as a cloud would (P.7), the same in every run. Services with a
 * loadBalancerClass, and those that came with an ingress, are skipped. Writes status.loadBalancer of Services.
 * @throws InvalidCidrError
 */
export function createLoadBalancerController(
  options: LoadBalancerControllerOptions = {},
): Controller {
  const allocation = new IngressAllocation(options);
  return {
    name: "load-balancers",
    kinds: new Set(["Service"]),
    reconcile(changes, store) {
      const touched = new Map<string, Service | undefined>();
      for (const { kind, object } of changes) {
        if (kind !== "Service") continue;
        const { namespace = "", name } = object.metadata;
        touched.set(qualifiedName(namespace, name), store.get("Service", namespace, name));
      }
      return touched.size === 0 ? [] : allocation.update(touched, store);
    },
  };
}

/** What a Service was given. */
interface Held {
  readonly addresses: readonly string[];
  readonly ingress: readonly LoadBalancerIngress[];
  /** Whether it came with the Service. */
  readonly given: boolean;
}

class IngressAllocation {
  readonly #pools: readonly AddressPool[];
  readonly #onFinding: (finding: Diagnostic) => void;
  readonly #held = new Map<string, Held>();
  /** Why a Service has no address. */
  readonly #refused = new Map<string, string>();
  #released = false;

  constructor({ loadBalancerRanges, onFinding }: LoadBalancerControllerOptions) {
    const ranges = loadBalancerRanges ?? [DEFAULT_LOAD_BALANCER_RANGE];
    this.#pools = ranges.map((range) => new AddressPool(range));
    this.#onFinding = onFinding ?? (() => {});
  }

  /** All releases come before all allocations, and Services with an address keep it before others get one. */
  update(touched: ReadonlyMap<string, Service | undefined>, store: StoreReader): Operation[] {
    this.#released = false;
    const operations: Operation[] = [];
    const balanced: [string, Service][] = [];
    for (const [owner, service] of touched) {
      if (service !== undefined && isOurs(service)) balanced.push([owner, service]);
      else append(operations, this.#withdraw(owner, service));
    }
    balanced.sort(([, a], [, b]) => Number(hasIngress(b)) - Number(hasIngress(a)));
    for (const [owner, service] of balanced) append(operations, this.#give(owner, service));
    if (!this.#released) return operations;
    for (const owner of [...this.#refused.keys()]) {
      const slash = owner.indexOf("/");
      const service = store.get("Service", owner.slice(0, slash), owner.slice(slash + 1));
      if (service !== undefined) append(operations, this.#give(owner, service));
    }
    return operations;
  }

  #withdraw(owner: string, service: Service | undefined): Operation[] {
    this.#refused.delete(owner);
    const held = this.#held.get(owner);
    if (held === undefined) return [];
    this.#held.delete(owner);
    for (const address of held.addresses) this.#release(address);
    if (service === undefined || service.spec.type === "LoadBalancer") return [];
    return hasIngress(service) ? [withIngress(service, [])] : [];
  }

  #give(owner: string, service: Service): Operation[] {
    const ingress = service.status?.loadBalancer?.ingress ?? [];
    const held = this.#held.get(owner);
    if (ingress.length > 0 && !jsonEqual(ingress, held?.ingress)) {
      // Allocated by a real cloud, or in an earlier run: no other Service may get it.
      const given = ingress.flatMap(({ ip }) => ip ?? []);
      for (const address of held?.addresses ?? []) {
        if (!given.includes(address)) this.#release(address);
      }
      for (const ip of given) this.#poolOf(ip)?.claim(ip);
      this.#held.set(owner, { addresses: given, ingress, given: true });
      return [];
    }
    if (ingress.length > 0 && held?.given) return [];
    const addresses = this.#addressesFor(owner, service, held?.addresses ?? []);
    const wanted = addresses.map((ip): LoadBalancerIngress => ({ ip, ipMode: "VIP" }));
    this.#held.set(owner, { addresses, ingress: wanted, given: false });
    return jsonEqual(ingress, wanted) ? [] : [withIngress(service, wanted)];
  }

  /** In the order of the Service's families; it keeps what it has, unless it asks for another address. */
  #addressesFor(owner: string, service: Service, held: readonly string[]): string[] {
    const { ipFamilies = ["IPv4"], loadBalancerIP = "" } = service.spec;
    let refusal: string | undefined;
    const addresses = ipFamilies.flatMap((family) => {
      const before = held.find((address) => familyOf(address) === family);
      const wanted = familyOf(loadBalancerIP) === family ? loadBalancerIP : undefined;
      if (before !== undefined && (wanted ?? before) === before) return before;
      const pool = this.#pools.find((candidate) => candidate.family === family);
      if (pool === undefined) return [];
      if (before !== undefined) this.#release(before);
      if (wanted === undefined) {
        const address = pool.allocate(owner);
        if (address === undefined) refusal = "there is no free address for this load balancer";
        return address ?? [];
      }
      if (pool.claim(wanted) === undefined) return wanted;
      refusal = `load balancer address ${wanted} is taken, or not to be had from ${pool.range}`;
      return [];
    });
    this.#tell(owner, service, refusal);
    return addresses;
  }

  #tell(owner: string, service: Service, refusal: string | undefined): void {
    if (refusal === undefined) {
      this.#refused.delete(owner);
      return;
    }
    if (this.#refused.get(owner) === refusal) return;
    this.#refused.set(owner, refusal);
    this.#onFinding({
      rule: "load-balancer-address",
      severity: "warning",
      object: describeObject(service),
      path: ["spec", "loadBalancerIP"],
      message: refusal,
      hint: "leave loadBalancerIP out, or give load balancers another range",
    });
  }

  #release(address: string): void {
    this.#poolOf(address)?.release(address);
    this.#released = true;
  }

  #poolOf(address: string): AddressPool | undefined {
    return this.#pools.find(({ range }) => range.contains(address));
  }
}

function isOurs({ spec: { type, loadBalancerClass } }: Service): boolean {
  return type === "LoadBalancer" && loadBalancerClass === undefined;
}

function hasIngress(service: Service): boolean {
  return (service.status?.loadBalancer?.ingress?.length ?? 0) > 0;
}

function withIngress(service: Service, ingress: readonly LoadBalancerIngress[]): Operation {
  const status = {
    ...service.status,
    loadBalancer: ingress.length === 0 ? {} : { ...service.status?.loadBalancer, ingress },
  };
  return { op: "status", key: keyOf(service), status };
}
