import { printable } from "../../diagnostics/printable.ts";
import { isEndpointReady, SERVICE_NAME_LABEL } from "../../objects/endpoint-slice.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { formatTable } from "../table.ts";
import { broughtServices } from "./brought-services.ts";

/** What happens at a Service. */
export interface Activity {
  /** Requests per second. */
  rate(service: string): number;
  /** The last thing that happened, in words. */
  lastEvent(service: string): string | undefined;
}

/** A line for each Service, none longer than `width`, and no more than `height` of them. */
export function formatLiveTable(
  store: StoreReader,
  activity: Activity,
  { width, height }: { readonly width: number; readonly height: number },
): string[] {
  const counts = endpointCounts(store);
  const names = broughtServices(store)
    .filter(({ spec }) => spec.type !== "ExternalName")
    .map(({ metadata: { namespace, name } }) => `${namespace}/${name}`)
    .sort();
  const shown = names.length > height - 1 ? names.slice(0, Math.max(0, height - 2)) : names;
  const rows = shown.map((name) => {
    const { ready, all } = counts.get(name) ?? { ready: 0, all: 0 };
    const rate = activity.rate(name);
    return [
      name,
      `${ready}/${all}`,
      rate === 0 ? "-" : rate.toFixed(1),
      printable(activity.lastEvent(name) ?? ""),
    ];
  });
  const lines = formatTable(["SERVICE", "READY", "REQ/S", "LAST EVENT"], rows)
    .split("\n")
    .slice(0, -1);
  if (shown.length < names.length) lines.push(`and ${names.length - shown.length} more`);
  return lines.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
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
