import type { Resource } from "../objects/api-resource.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { customDeprecation } from "./custom/definition.ts";

/** Built-in versions that clients should leave. */
const DEPRECATED: ReadonlyMap<string, string> = new Map([
  ["v1 Endpoints", "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"],
]);

/** What whoever uses a version should know; undefined unless it is deprecated. */
export function deprecationOf(resource: Resource, store: StoreReader): string | undefined {
  return (
    DEPRECATED.get(`${resource.apiVersion} ${resource.kind}`) ?? customDeprecation(resource, store)
  );
}
