import { endpointPorts } from "../controllers/endpoint-ports.ts";
import { fromMap } from "../labels/selector.ts";
import { familyOf } from "../net/address.ts";
import type { EndpointSlice } from "../objects/endpoint-slice.ts";
import { isReady, type Pod, podIPs } from "../objects/pod.ts";
import { clusterIPs, type Service } from "../objects/service.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** Pods named in one explanation; the rest are counted. */
const MAX_NAMED = 5;

/**
 * Why a Service has no endpoint to offer, as a person would say it after looking at Service, Pods and
 * slices: `shop/web has 2 pods, none ready: web-1 (connection refused on 8080), web-2 (starting)`.
 */
export function whyNone(
  service: Service,
  slices: readonly EndpointSlice[],
  store: StoreReader,
): string {
  const { namespace = "", name } = service.metadata;
  const who = `${namespace}/${name}`;
  if (service.spec.type === "ExternalName") {
    return `${who} is an alias for ${service.spec.externalName}: it has no endpoints of its own`;
  }
  const selector = service.spec.selector ?? {};
  if (Object.keys(selector).length === 0) {
    const addresses = slices.reduce((sum, slice) => sum + slice.endpoints.length, 0);
    return addresses === 0
      ? `${who} has no selector, and no EndpointSlice names it`
      : `${who} has no selector; of the ${addresses} addresses in its EndpointSlices none is ready on this port`;
  }
  const labelSelector = fromMap(selector);
  const selected = store.list("Pod", { namespace, labelSelector });
  const wanted = String(labelSelector);
  if (selected.length === 0) return `${who} selects ${wanted}, and no Pod in ${namespace} has that`;
  const noun = selected.length === 1 ? "1 pod" : `${selected.length} pods`;
  const ready = selected.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
  if (ready.length > 0) {
    return `${who} has ${noun}, ${ready.length} ready, but ${whyReadyIsNotEnough(service, ready, store)}`;
  }
  const named = selected
    .slice(0, MAX_NAMED)
    .map((pod) => `${pod.metadata.name} (${podState(pod)})`);
  const more = selected.length > MAX_NAMED ? ` and ${selected.length - MAX_NAMED} more` : "";
  return `${who} has ${noun}, none ready: ${named.join(", ")}${more}`;
}

/** What keeps a pod from being ready, in the words of whoever wrote its status. */
export function podState(pod: Pod): string {
  const { status, metadata } = pod;
  if (metadata.deletionTimestamp !== undefined) return "terminating";
  if (status?.phase === "Succeeded") return "finished";
  if (status?.phase === "Failed") return status.message ?? status.reason ?? "failed";
  for (const container of status?.containerStatuses ?? []) {
    const { waiting, terminated } = container.state ?? {};
    const said = waiting?.message ?? waiting?.reason;
    if (said !== undefined) return said;
    if (terminated !== undefined) {
      return terminated.message ?? `${container.name} ended with exit code ${terminated.exitCode}`;
    }
  }
  const unmet = ["PodScheduled", "Ready"]
    .map((type) => status?.conditions?.find((c) => c.type === type && c.status !== "True"))
    .find((condition) => condition !== undefined);
  const said = unmet?.message ?? unmet?.reason ?? status?.message ?? status?.reason;
  if (said !== undefined) return said;
  return status?.phase === undefined || status.phase === "Pending" ? "pending" : "not ready";
}

function whyReadyIsNotEnough(service: Service, ready: readonly Pod[], store: StoreReader): string {
  const addressed = ready.filter((pod) => podIPs(pod).length > 0);
  if (addressed.length === 0) return "none of them has an address";
  const { ipFamilies = [], ports = [] } = service.spec;
  const families = new Set(addressed.flatMap((pod) => podIPs(pod).map(familyOf)));
  if (ipFamilies.length > 0 && !ipFamilies.some((family) => families.has(family))) {
    return `none of them has an address of the Service's family, ${ipFamilies.join(" or ")}`;
  }
  const nodes = addressed.flatMap(({ spec: { nodeName } }) => nodeName || []);
  const isUnknown = (name: string) => store.get("Node", "", name) === undefined;
  if (store.count("Node") > 0 && nodes.length === addressed.length && nodes.every(isUnknown)) {
    return `there is no Node ${[...new Set(nodes)].join(" or ")}, which they are on`;
  }
  const missing = ports.filter((port) => {
    const alone = { ...service, spec: { ...service.spec, ports: [port] } };
    return addressed.every((pod) => endpointPorts(alone, pod).length === 0);
  });
  if (missing.length > 0) {
    const names = missing.map(({ targetPort }) => targetPort);
    return `no container of theirs names a port ${names.join(" or ")}`;
  }
  if (clusterIPs(service)[0] === "None") return "none of them goes by that name";
  return "none of them is an endpoint of this port";
}
