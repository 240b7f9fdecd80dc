import { printable } from "../../../diagnostics/printable.ts";
import { isEndpointReady, SERVICE_NAME_LABEL } from "../../../objects/endpoint-slice.ts";
import type { StoreReader } from "../../../store/store-reader.ts";
import { broughtServices } from "../brought-services.ts";
import type { Row } from "./table-pane.ts";

/** What happens at a Service. */
export interface Activity {
  /** Requests per second. */
  rate(service: string): number;
  /** The last thing that happened, in words. */
  lastEvent(service: string): string | undefined;
}

export const SERVICE_HEADER = ["SERVICE", "READY", "REQ/S", "LAST EVENT"];

/** A row for each Service that has endpoints of its own. */
export function serviceRows(store: StoreReader, activity: Activity): Row[] {
  const counts = endpointCounts(store);
  return broughtServices(store)
    .filter(({ spec }) => spec.type !== "ExternalName")
    .map(({ metadata: { namespace, name } }) => `${namespace}/${name}`)
    .sort()
    .map((id) => ({
      id,
      cells: () => {
        const { ready, all } = counts.get(id) ?? { ready: 0, all: 0 };
        const rate = activity.rate(id);
        return [
          id,
          `${ready}/${all}`,
          rate === 0 ? "-" : rate.toFixed(1),
          printable(activity.lastEvent(id) ?? ""),
        ];
      },
    }));
}

function endpointCounts(store: StoreReader): Map<string, { ready: number; all: number }> {
  const counts = new Map<string, { ready: number; all: number }>();
  for (const { metadata, endpoints } of store.list("EndpointSlice.discovery.k8s.io")) {
    const service = metadata.labels?.[SERVICE_NAME_LABEL];
    if (service === undefined) continue;
    const key = `${metadata.namespace}/${service}`;
    const before = counts.get(key) ?? { ready: 0, all: 0 };
    counts.set(key, {
      ready: before.ready + endpoints.filter(isEndpointReady).length,
      all: before.all + endpoints.length,
    });
  }
  return counts;
}
