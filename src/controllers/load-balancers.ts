import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { familyOf } from "../net/address.ts";
import { AddressPool } from "../net/address-pool.ts";
import { describeObject, keyOf } from "../objects/object-key.ts";
import type { LoadBalancerIngress, Service } from "../objects/service.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";

/** Beside the services' range, so that their mirrors don't meet. */
export const DEFAULT_LOAD_BALANCER_RANGE = "10.112.0.0/24";

export interface LoadBalancerControllerOptions {
  /** Addresses to give out, at most one range per family. Default: 10.112.0.0/24. */
  readonly loadBalancerRanges?: readonly string[];
  readonly onFinding?: (finding: Diagnostic) => void;
}

/**
 * Gives Services of type LoadBalancer an address of their own, as a cloud would (P.7), the same one in every
 * run. Leaves those with a loadBalancerClass alone, and those that came with an ingress.
 *
 * Writes status.loadBalancer of Services.
 * @throws InvalidCidrError
 */
export function createLoadBalancerController(
  options: LoadBalancerControllerOptions = {},
): Controller {
  const { loadBalancerRanges = [DEFAULT_LOAD_BALANCER_RANGE], onFinding } = options;
  const pools = loadBalancerRanges.map((range) => new AddressPool(range));
  const held = new Map<string, readonly string[]>();
  const refused = new Map<string, string>();

  const release = (owner: string) => {
    for (const address of held.get(owner) ?? []) for (const pool of pools) pool.release(address);
    held.delete(owner);
  };

  /** The addresses for a Service, in the order of its families. */
  function addressesFor(owner: string, service: Service): string[] {
    const { ipFamilies = ["IPv4"], loadBalancerIP } = service.spec;
    return ipFamilies.flatMap((family) => {
      const before = held.get(owner)?.find((address) => familyOf(address) === family);
      const wanted =
        loadBalancerIP && familyOf(loadBalancerIP) === family ? loadBalancerIP : undefined;
      if (before !== undefined && (wanted === undefined || wanted === before)) return before;
      const pool = pools.find((candidate) => candidate.family === family);
      if (pool === undefined) return [];
      if (before !== undefined) pool.release(before);
      if (wanted === undefined) return pool.allocate(owner) ?? refuse(owner, service, undefined);
      return pool.claim(wanted) === undefined ? wanted : refuse(owner, service, wanted);
    });
  }

  function refuse(owner: string, service: Service, address: string | undefined): [] {
    const message =
      address === undefined
        ? "there is no free address for this load balancer"
        : `load balancer address ${address} is taken or outside ${pools.map(({ range }) => range).join(", ")}`;
    if (refused.get(owner) !== message) {
      refused.set(owner, message);
      onFinding?.({
        rule: "load-balancer-address",
        severity: "warning",
        object: describeObject(service),
        path: ["spec", "loadBalancerIP"],
        message,
        hint: "leave loadBalancerIP out, or give load balancers another range",
      });
    }
    return [];
  }

  function reconcileOne(owner: string, service: Service): Operation[] {
    const { type, loadBalancerClass } = service.spec;
    const ingress = service.status?.loadBalancer?.ingress ?? [];
    const ours = held.get(owner);
    if (type === "LoadBalancer" && loadBalancerClass !== undefined) return [];
    if (type !== "LoadBalancer") {
      release(owner);
      return ours === undefined || ingress.length === 0 ? [] : [withIngress(service, [])];
    }
    if (ours === undefined && ingress.length > 0) {
      // Given by a real cloud, or by a run before: nobody else may get it.
      const given = ingress.flatMap(({ ip }) => ip ?? []);
      const own = given.filter((ip) => pools.some((pool) => pool.claim(ip) === undefined));
      held.set(owner, own);
      return [];
    }
    const addresses = addressesFor(owner, service);
    held.set(owner, addresses);
    if (addresses.length === 0) return [];
    const wanted = addresses.map((ip): LoadBalancerIngress => ({ ip, ipMode: "VIP" }));
    return jsonEqual(ingress, wanted) || ingress.some(({ ip }) => ip && !addresses.includes(ip))
      ? []
      : [withIngress(service, wanted)];
  }

  return {
    name: "load-balancers",
    reconcile(changes, store) {
      const touched = new Map<string, Service | undefined>();
      for (const { kind, object } of changes) {
        if (kind !== "Service") continue;
        const { namespace = "", name } = object.metadata;
        touched.set(`${namespace}/${name}`, store.get("Service", namespace, name));
      }
      const operations: Operation[] = [];
      for (const [owner, service] of touched) {
        if (service !== undefined) continue;
        release(owner);
        refused.delete(owner);
      }
      // Those that have an address keep it before anyone gets a new one.
      const services = [...touched].filter(([, service]) => service !== undefined);
      services.sort(([, a], [, b]) => Number(hasIngress(b)) - Number(hasIngress(a)));
      for (const [owner, service] of services) operations.push(...reconcileOne(owner, service!));
      return operations;
    },
  };
}

function hasIngress(service: Service | undefined): boolean {
  return (service?.status?.loadBalancer?.ingress?.length ?? 0) > 0;
}

function withIngress(service: Service, ingress: readonly LoadBalancerIngress[]): Operation {
  const status = {
    ...service.status,
    loadBalancer: ingress.length === 0 ? {} : { ...service.status?.loadBalancer, ingress },
  };
  return { op: "status", key: keyOf(service), status };
}
