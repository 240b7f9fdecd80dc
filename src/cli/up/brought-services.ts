import type { Service } from "../../objects/service.ts";
import type { StoreReader } from "../../store/store-reader.ts";

/** The Services that somebody brought: not that of the API server, which every cluster has. */
export function broughtServices(store: StoreReader): Service[] {
  return store
    .list("Service")
    .filter(({ metadata: { namespace, name } }) => `${namespace}/${name}` !== "default/kubernetes");
}
