import type { ServiceImport } from "../objects/cluster.ts";
import type { EndpointSlice } from "../objects/endpoint-slice.ts";
import type { Service } from "../objects/service.ts";

/** Everything about one namespace and Service name. */
export interface CatalogEntry {
  service?: Service;
  serviceImport?: ServiceImport;
  /** By the slices' own names, in order of creation. */
  readonly slices: Map<string, EndpointSlice>;
  readonly importedSlices: Map<string, EndpointSlice>;
}
