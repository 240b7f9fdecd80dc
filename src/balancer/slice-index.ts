import { type EndpointSlice, SERVICE_NAME_LABEL } from "../objects/endpoint-slice.ts";
import { qualifiedName } from "../objects/object-key.ts";

const NONE: ReadonlyMap<string, EndpointSlice> = new Map();

/** EndpointSlices by the Service their label names (P.1), in the order in which they came. */
export class SliceIndex {
  readonly #byService = new Map<string, Map<string, EndpointSlice>>();

  of(namespace: string, service: string): Iterable<EndpointSlice> {
    return (this.#byService.get(qualifiedName(namespace, service)) ?? NONE).values();
  }

  /** Puts a slice, or its new state in the place of the old one. @returns the Service whose endpoints changed, as `namespace/name`, if the slice belongs to one. */
  put(slice: EndpointSlice): string | undefined {
    const service = serviceOf(slice);
    if (service === undefined) return undefined;
    let slices = this.#byService.get(service);
    if (slices === undefined) {
      slices = new Map();
      this.#byService.set(service, slices);
    }
    slices.set(slice.metadata.name, slice);
    return service;
  }

  delete(slice: EndpointSlice): string | undefined {
    const service = serviceOf(slice);
    if (service === undefined) return undefined;
    const slices = this.#byService.get(service);
    slices?.delete(slice.metadata.name);
    if (slices?.size === 0) this.#byService.delete(service);
    return service;
  }
}

/** `namespace/name` of the Service that a slice belongs to. */
export function serviceOf(slice: EndpointSlice): string | undefined {
  const { labels, namespace = "" } = slice.metadata;
  const name = labels?.[SERVICE_NAME_LABEL];
  return name === undefined ? undefined : qualifiedName(namespace, name);
}
