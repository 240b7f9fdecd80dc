import { serviceAddress } from "../../engine/service-address.ts";
import { isEndpointReady, SERVICE_NAME_LABEL } from "../../objects/endpoint-slice.ts";
import { hasOwnProxy, type Service } from "../../objects/service.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { formatTable } from "../table.ts";
import { broughtServices } from "./brought-services.ts";

/**
 * The Services of a store, one line for each, and below it why those have no live pod that have none.
 * @param nodeHost where NodePorts are offered.
 */
export function formatServices(
  store: StoreReader,
  whyNone: (service: Service) => string,
  nodeHost: string,
): string {
  const counts = countEndpoints(store);
  const services = broughtServices(store)
    .filter((service) => !hasOwnProxy(service))
    .sort((a, b) => compare(qualifiedName(a), qualifiedName(b)));
  const rows = services.map((service) => {
    const count = counts.get(qualifiedName(service)) ?? { ready: 0, total: 0 };
    return { service, ...count };
  });
  const table = formatTable(
    ["NAMESPACE", "SERVICE", "ADDRESS", "ENDPOINTS"],
    rows
      .slice(0, SHOWN)
      .map(({ service, ready, total }) => [
        service.metadata.namespace ?? "",
        service.metadata.name,
        serviceAddress(service, nodeHost),
        service.spec.type === "ExternalName" ? "-" : `${ready}/${total} ready`,
      ]),
  );
  const empty = rows.filter(
    ({ service, ready }) => ready === 0 && service.spec.type !== "ExternalName",
  );
  const more = rows.length - SHOWN;
  const rest = more > 0 ? `and ${more} more: kubelane get services -A\n` : "";
  const reasons = foldReasons(
    empty.map(({ service }) => service),
    whyNone,
  );
  const without = reasons.length === 0 ? "" : `\nwithout a live pod:\n${reasons.join("")}`;
  return `${table}${rest}${without}`;
}

/** Services, and reasons, that the first screen shows at most. */
const SHOWN = 40;
const REASONS = 12;
/** Services that one reason names at most. */
const NAMED = 3;

/** What keeps many Services from having pods is mostly one thing: each reason once, with whom it concerns. */
function foldReasons(
  services: readonly Service[],
  whyNone: (service: Service) => string,
): string[] {
  const groups = new Map<string, { readonly names: string[]; readonly reason: string }>();
  for (const service of services) {
    const name = qualifiedName(service);
    const reason = whyNone(service);
    const general = reason.replace(`${name} `, "").replace(/\S+ \(/g, "(");
    const group = groups.get(general);
    if (group === undefined) groups.set(general, { names: [name], reason });
    else group.names.push(name);
  }
  const lines = [...groups].map(([general, { names, reason }]) => {
    if (names.length === 1) return `  ${reason}\n`;
    const others = names.length - NAMED;
    const more = others > 0 ? ` and ${others} more` : "";
    return `  ${names.slice(0, NAMED).join(", ")}${more}: each ${general}\n`;
  });
  const left = lines.length - REASONS;
  return left > 0
    ? [...lines.slice(0, REASONS), `  and ${left} more reasons: kubelane trace NAME\n`]
    : lines;
}

function countEndpoints(store: StoreReader): Map<string, { ready: number; total: number }> {
  const counts = new Map<string, { ready: number; total: number }>();
  for (const slice of store.list("EndpointSlice.discovery.k8s.io")) {
    const service = slice.metadata.labels?.[SERVICE_NAME_LABEL];
    if (service === undefined) continue;
    const key = `${slice.metadata.namespace}/${service}`;
    const { ready, total } = counts.get(key) ?? { ready: 0, total: 0 };
    counts.set(key, {
      ready: ready + slice.endpoints.filter(isEndpointReady).length,
      total: total + slice.endpoints.length,
    });
  }
  return counts;
}

const qualifiedName = ({ metadata }: Service) => `${metadata.namespace}/${metadata.name}`;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
