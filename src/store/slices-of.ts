import { fromMap } from "../labels/selector.ts";
import { type EndpointSlice, SERVICE_NAME_LABEL } from "../objects/endpoint-slice.ts";
import type { ObjectMeta } from "../objects/object.ts";
import type { StoreReader } from "./store-reader.ts";

/** The EndpointSlices of a Service (P.1), found through the label index: without walking its namespace. */
export function slicesOf(
  { metadata: { namespace = "", name } }: { readonly metadata: ObjectMeta },
  store: Pick<StoreReader, "list">,
): EndpointSlice[] {
  const labelSelector = fromMap({ [SERVICE_NAME_LABEL]: name });
  return store.list("EndpointSlice.discovery.k8s.io", { namespace, labelSelector });
}
