import type { Resource } from "../objects/api-resource.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { customDeprecation } from "./custom/definition.ts";

/** Deprecated built-in versions. */
const DEPRECATED: ReadonlyMap<string, string> = new Map([
  ["v1 Endpoints", "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"],
]);

/** The warning for clients of a version; undefined unless it is deprecated. */
export function deprecationOf(resource: Resource, store: StoreReader): string | undefined {
  return (
    DEPRECATED.get(`${resource.apiVersion} ${resource.kind}`) ?? customDeprecation(resource, store)
  );
}
