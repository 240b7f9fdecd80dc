import { isFinished } from "../controllers/pod-state.ts";
import type { ObservedStore } from "../dns/options.ts";
import { type EndpointSlice, SERVICE_NAME_LABEL } from "../objects/endpoint-slice.ts";
import { type Pod, podIPs } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import { AddressIndex } from "../store/address-index.ts";

/** Index from addresses to pods, and to the Services that lead to them. */
export class PodAddresses {
  readonly #store: ObservedStore;
  readonly #pods: AddressIndex<Pod>;
  readonly #slices: AddressIndex<EndpointSlice>;
  /** Stops following the store. */
  readonly close: () => void;

  constructor(store: ObservedStore) {
    this.#store = store;
    this.#pods = new AddressIndex(addressesOfPod, () => store.list("Pod"));
    this.#slices = new AddressIndex(addressesOfSlice, () =>
      store.list("EndpointSlice.discovery.k8s.io"),
    );
    this.close = store.subscribe((changes) => {
      for (const { kind, type, object, previous } of changes) {
        const gone = type === "deleted";
        const [before, after] = gone ? [object, undefined] : [previous, object];
        if (kind === "Pod") this.#pods.change(before as Pod, after as Pod);
        else if (kind === "EndpointSlice.discovery.k8s.io") {
          this.#slices.change(before as EndpointSlice, after as EndpointSlice);
        }
      }
    });
  }

  /** The pod that has an address; pods that have ended have none. */
  podAt(address: string): Pod | undefined {
    return this.#pods.with(address)[0];
  }

  /** Services that have an endpoint there, ready or not. */
  servicesAt(address: string): Service[] {
    return this.#slices.with(address).flatMap(({ metadata: { namespace = "", labels } }) => {
      const name = labels?.[SERVICE_NAME_LABEL];
      const service = name === undefined ? undefined : this.#store.get("Service", namespace, name);
      return service ?? [];
    });
  }
}

function addressesOfPod(pod: Pod): readonly string[] {
  return isFinished(pod) ? [] : podIPs(pod);
}

function addressesOfSlice({ endpoints }: EndpointSlice): readonly string[] {
  return endpoints.flatMap(({ addresses }) => addresses);
}
