import { fromMap } from "../labels/selector.ts";
import { type EndpointPort, type EndpointSlice, isPortNamed } from "../objects/endpoint-slice.ts";
import { qualifiedName } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import { podState } from "../objects/pod-state.ts";
import type { Service, ServicePort } from "../objects/service.ts";
import { type MissingTarget, targetPortOf } from "../objects/target-port.ts";
import type { StoreReader } from "../store/store-reader.ts";
import {
  endpointFamilies,
  type LeftOut,
  nodeOf,
  podEndpoint,
  takesTraffic,
} from "./pod-endpoint.ts";

/** The rule by which a Service has no endpoint. */
export type NoEndpointRule =
  | "external-name"
  | "no-slice"
  | "no-address-in-slices"
  | "other-port-name"
  | "none-ready-in-slices"
  | "selects-none"
  | "none-ready"
  | Exclude<LeftOut, "finished">
  | "no-target-port"
  | "unlisted";

/** Why a Service has no endpoint. */
export interface NoEndpoint {
  readonly rule: NoEndpointRule;
  /** For people: `shop/web has 2 pods, none ready: web-1 (connection refused on 8080), web-2 (starting)`. */
  readonly reason: string;
  /** What to change in a manifest, where that follows from the rule. */
  readonly remedy?: string;
  /** The pods that its selector selects. */
  readonly selected: readonly Pod[];
}

/** Pods that are named in one explanation; the others are counted. */
const MAX_NAMED = 5;

/**
 * Finds the rule by which this Service has no endpoint: applies the rules that make endpoints of pods and match
 * slices with ports.
 * @param port the Service port in question. Default: any of them.
 */
export function whyNone(
  service: Service,
  slices: readonly EndpointSlice[],
  store: StoreReader,
  port?: ServicePort,
): NoEndpoint {
  const { namespace = "", name } = service.metadata;
  const who = qualifiedName(namespace, name);
  const none = (rule: NoEndpointRule, reason: string, remedy?: string): NoEndpoint => {
    return { rule, reason: `${who} ${reason}`, ...(remedy && { remedy }), selected };
  };
  const { type, selector = {}, externalName } = service.spec;
  let selected: readonly Pod[] = [];
  if (type === "ExternalName") {
    return none("external-name", `is an alias for ${externalName}: it has no endpoints of its own`);
  }
  if (Object.keys(selector).length === 0) {
    const { rule, reason, remedy } = whyNoneInSlices(slices, port);
    return none(rule, `has no selector${reason}`, remedy);
  }
  const labelSelector = fromMap(selector);
  selected = store.list("Pod", { namespace, labelSelector });
  if (selected.length === 0) {
    return none("selects-none", `selects ${labelSelector}, and no Pod in ${namespace} has that`);
  }
  const noun = selected.length === 1 ? "1 pod" : `${selected.length} pods`;
  const ready = selected.filter(takesTraffic);
  if (ready.length > 0) {
    const { rule, reason, remedy } = whyReadyIsNotEnough(service, ready, store, port);
    return none(rule, `has ${noun}, ${ready.length} ready, but ${reason}`, remedy);
  }
  const named = selected
    .slice(0, MAX_NAMED)
    .map((pod) => `${pod.metadata.name} (${podState(pod)})`);
  const more = selected.length > MAX_NAMED ? ` and ${selected.length - MAX_NAMED} more` : "";
  return none("none-ready", `has ${noun}, none ready: ${named.join(", ")}${more}`);
}

type Cause = Pick<NoEndpoint, "rule" | "reason" | "remedy">;

/** Why slices of another writer contain no usable endpoint. */
function whyNoneInSlices(slices: readonly EndpointSlice[], port: ServicePort | undefined): Cause {
  const remedy = "write an EndpointSlice with the addresses";
  if (slices.length === 0) {
    return { rule: "no-slice", reason: ", and no EndpointSlice names it", remedy };
  }
  const filled = slices.filter(({ endpoints }) => endpoints.length > 0);
  if (filled.length === 0) {
    return {
      rule: "no-address-in-slices",
      reason: ", and its EndpointSlices hold no address",
      remedy,
    };
  }
  const ports = filled.flatMap((slice) => [...(slice.ports ?? [])]);
  if (port !== undefined && !ports.some((each) => isPortNamed(each, port.name, port.protocol))) {
    const { name = "", protocol = "TCP" } = port;
    const wanted = portText(port);
    const present = [...new Set(ports.map(portText))].join(", ") || "none";
    return {
      rule: "other-port-name",
      reason: `; its EndpointSlices have the ports ${present}, and ports are joined by name and protocol: this one is ${wanted}`,
      remedy:
        name === ""
          ? "leave the name out there too"
          : `name the port ${name} there too, with protocol ${protocol}`,
    };
  }
  const addresses = filled.reduce((sum, slice) => sum + slice.endpoints.length, 0);
  return {
    rule: "none-ready-in-slices",
    reason: `; of the ${addresses} addresses in its EndpointSlices none is ready on this port`,
  };
}

function portText({ name, port, protocol = "TCP" }: EndpointPort): string {
  return `${name ? name : "without a name"} (${port ?? "any"}/${protocol})`;
}

/** The rule by which ready pods are no endpoints. */
function whyReadyIsNotEnough(
  service: Service,
  ready: readonly Pod[],
  store: StoreReader,
  port: ServicePort | undefined,
): Cause {
  const rules = ready.map((pod) => leftOutBy(service, pod, store));
  const [rule] = rules;
  if (rule !== undefined && rules.every((each) => each === rule)) {
    return leftOutCause(rule, service, ready);
  }
  const counted = ready.filter((_, index) => rules[index] === undefined);
  const missing = (port === undefined ? (service.spec.ports ?? []) : [port]).flatMap((each) => {
    const targets = counted.map(({ spec }) => targetPortOf(each, spec));
    const refused = targets.filter((target) => typeof target !== "number");
    return refused.length === targets.length ? refused.slice(0, 1) : [];
  });
  const [first] = missing;
  if (first !== undefined) return missingTargets(missing as [MissingTarget]);
  return { rule: "unlisted", reason: "none of them is an endpoint of this port" };
}

/** The rule that excludes a pod, if it does so in all families of the Service. */
function leftOutBy(service: Service, pod: Pod, store: StoreReader): LeftOut | undefined {
  let rule: LeftOut | undefined;
  for (const family of endpointFamilies(service)) {
    const endpoint = podEndpoint(service, pod, family, nodeOf(pod, service, store));
    if (typeof endpoint !== "string") return undefined;
    rule = endpoint;
  }
  return rule;
}

function leftOutCause(rule: LeftOut, service: Service, ready: readonly Pod[]): Cause {
  switch (rule) {
    case "finished":
      return { rule: "none-ready", reason: "they have finished" };
    case "no-address":
      return { rule, reason: "none of them has an address" };
    case "other-family": {
      const families = endpointFamilies(service).join(" or ");
      return { rule, reason: `none of them has an address of the Service's family, ${families}` };
    }
    case "unknown-node": {
      const nodes = new Set(ready.map(({ spec: { nodeName } }) => nodeName));
      return { rule, reason: `there is no Node ${[...nodes].join(" or ")}, which they are on` };
    }
  }
}

function missingTargets(missing: readonly [MissingTarget, ...MissingTarget[]]): Cause {
  const names = missing.map(({ name }) => name).join(" or ");
  const [{ name, protocol, spoken }] = missing;
  if (spoken !== undefined && missing.length === 1) {
    return {
      rule: "no-target-port",
      reason: `their container port ${name} is ${spoken}, and this port is ${protocol}`,
      remedy: `write protocol: ${spoken} in the Service, or name a container port of ${protocol}`,
    };
  }
  return {
    rule: "no-target-port",
    reason: `no container of theirs names a port ${names}`,
    remedy: `name a container port ${name}, or write its number as targetPort`,
  };
}
