import { fnv1a } from "../../src/net/fnv1a.ts";
import type { Node } from "../../src/objects/cluster.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { Pod } from "../../src/objects/pod.ts";
import type { Service } from "../../src/objects/service.ts";
import type { Store } from "../../src/store/store.ts";

/*
 * What the slices should say, computed from the Services, Pods and Nodes of a store by going through P.2 and
 * P.6 line by line, all of them each time, with nothing of the controllers.
 */

const SLICE = "EndpointSlice.discovery.k8s.io";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER = "endpointslice-controller.k8s.io";
const ZONE = "topology.kubernetes.io/zone";

/** Slices as a set of endpoints: how they are packed and called is a matter of history. */
export function endpointLines(slices: readonly EndpointSlice[]): string[] {
  const lines: string[] = [];
  for (const { metadata, addressType, ports, endpoints } of slices) {
    const { namespace, labels } = metadata;
    const group = { namespace, labels, addressType, ports };
    if (endpoints.length === 0) lines.push(text({ group }));
    for (const { targetRef: { uid: _, ...target } = {}, ...endpoint } of endpoints) {
      lines.push(text({ group, endpoint, target }));
    }
  }
  return lines.sort();
}

/** The lines of {@link endpointLines}, as they should be. Slices that a foreign controller made are taken as they are. */
export function expectedLines(store: Store): string[] {
  const isForeign = ({ metadata }: KubernetesObject) => metadata.name.endsWith("-theirs");
  const foreign = (store.list(SLICE) as EndpointSlice[]).filter(isForeign);
  const made = store.list("Service").flatMap((service) => {
    const { namespace, name } = service.metadata;
    const isTheirs = foreign.some(
      ({ metadata }) =>
        metadata.namespace === namespace &&
        metadata.labels?.["kubernetes.io/service-name"] === name &&
        metadata.labels[MANAGED_BY] === CONTROLLER,
    );
    return isTheirs ? [] : slicesFor(service, store);
  });
  return endpointLines([...foreign, ...made]);
}

type Group = Omit<EndpointSlice, "endpoints"> & { readonly endpoints: Endpoint[] };

/** One slice for each family and set of ports, however many endpoints it has. */
function slicesFor(service: Service, store: Store): EndpointSlice[] {
  const { namespace = "", name } = service.metadata;
  const { type, selector = {}, ipFamilies, clusterIP } = service.spec;
  if (type === "ExternalName" || Object.keys(selector).length === 0) return [];
  const { "service.kubernetes.io/headless": _, ...own } = service.metadata.labels ?? {};
  const labels = {
    ...own,
    "kubernetes.io/service-name": name,
    [MANAGED_BY]: CONTROLLER,
    ...(clusterIP === "None" && { "service.kubernetes.io/headless": "" }),
  };
  const nodes = store.list("Node");
  const pods = store.list("Pod").filter((pod) => counts(pod, service, nodes));
  return (ipFamilies?.length ? ipFamilies : (["IPv4"] as const)).flatMap(
    (addressType): EndpointSlice[] => {
      const slices = new Map<string, Group>();
      const head = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType };
      for (const pod of pods) {
        const ips = addressesOf(pod).filter((ip) => ip.includes(":") === (addressType === "IPv6"));
        if (ips.length === 0) continue;
        const ports = portsOf(service, pod);
        const slice: Group = slices.get(text(ports)) ?? {
          ...head,
          metadata: { name, namespace, labels },
          ports,
          endpoints: [],
        };
        slice.endpoints.push(endpointOf(service, pod, ips, nodes));
        slices.set(text(ports), slice);
      }
      if (isAuto(service))
        hintInProportion(
          [...slices.values()].flatMap((s) => s.endpoints),
          nodes,
        );
      const placeholder = {
        ...head,
        metadata: { name, namespace, labels },
        ports: [],
        endpoints: [],
      };
      return slices.size === 0 ? [placeholder] : [...slices.values()];
    },
  );
}

function counts(pod: Pod, service: Service, nodes: readonly Node[]): boolean {
  const { namespace, labels = {} } = pod.metadata;
  if (namespace !== service.metadata.namespace) return false;
  const wanted = Object.entries(service.spec.selector ?? {});
  if (!wanted.every(([key, value]) => labels[key] === value)) return false;
  if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return false;
  const lost =
    Boolean(pod.spec.nodeName) &&
    nodes.length > 0 &&
    !nodes.some(({ metadata }) => metadata.name === pod.spec.nodeName);
  return !lost || service.spec.publishNotReadyAddresses === true;
}

function addressesOf({ status = {} }: Pod): string[] {
  return status.podIPs?.map(({ ip }) => ip) ?? (status.podIP ? [status.podIP] : []);
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  const containers = [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []).filter((one) => one.restartPolicy === "Always"),
  ];
  return (service.spec.ports ?? []).flatMap(
    ({ name = "", port, targetPort = port, protocol = "TCP" }) => {
      const declared = containers.flatMap(({ ports = [] }) => ports);
      const number =
        typeof targetPort === "number"
          ? targetPort
          : declared.find((one) => one.name === targetPort && (one.protocol ?? "TCP") === protocol)
              ?.containerPort;
      return number === undefined ? [] : [{ name, port: number, protocol }];
    },
  );
}

function endpointOf(
  { metadata, spec }: Service,
  pod: Pod,
  addresses: readonly string[],
  nodes: readonly Node[],
): Endpoint {
  const { nodeName, hostname, subdomain } = pod.spec;
  const node = nodes.find((one) => one.metadata.name === nodeName);
  const zone = node?.metadata.labels?.[ZONE];
  const serving = pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True");
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = spec.publishNotReadyAddresses === true || (serving === true && !terminating);
  const distribution = isAuto({ metadata } as Service) ? undefined : spec.trafficDistribution;
  const toNode = distribution === "PreferSameNode" && nodeName;
  const hints = ready && distribution?.startsWith("Prefer") && (zone || toNode);
  return {
    addresses,
    conditions: { ready, serving: serving === true, terminating },
    ...(hostname && subdomain === metadata.name && { hostname }),
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
    ...(hints && {
      hints: {
        ...(zone && { forZones: [{ name: zone }] }),
        ...(toNode && { forNodes: [{ name: toNode }] }),
      },
    }),
    targetRef: {
      kind: "Pod",
      namespace: pod.metadata.namespace!,
      name: pod.metadata.name,
      uid: pod.metadata.uid!,
    },
  };
}

function isAuto({ metadata: { annotations = {} } }: Service): boolean {
  const mode =
    annotations["service.kubernetes.io/topology-aware-hints"] ??
    annotations["service.kubernetes.io/topology-mode"];
  return mode?.toLowerCase() === "auto" && mode !== "AUTO";
}

/** Writes hints into endpoints, zone by zone and endpoint by endpoint. */
function hintInProportion(endpoints: Endpoint[], nodes: readonly Node[]): void {
  const ready = endpoints.filter(({ conditions }) => conditions?.ready);
  const useful = nodes.filter(
    ({ status, metadata: { labels = {} } }) =>
      !("node-role.kubernetes.io/control-plane" in labels) &&
      (status?.conditions?.find(({ type }) => type === "Ready")?.status ?? "True") === "True",
  );
  const cpus = useful.map(({ status }) => Number(status?.allocatable?.["cpu"] ?? 0));
  const zones = useful.map(({ metadata }) => metadata.labels?.[ZONE] ?? "");
  const total = cpus.reduce((a, b) => a + b, 0);
  const weights = total === 0 ? cpus.map(() => 1) : cpus;
  const sum = weights.reduce((a, b) => a + b, 0);
  if (zones.includes("") || weights.includes(0) || new Set(zones).size < 2) return;
  if (ready.some(({ zone }) => zone === undefined)) return;
  const names = [...new Set(zones)].sort();
  const shareOf = (zone: string) =>
    weights.reduce((all, weight, i) => (zones[i] === zone ? all + weight : all), 0) / sum;
  const least = names.map((zone) => Math.ceil((shareOf(zone) * ready.length) / 1.2));
  if (names.length > ready.length || least.reduce((a, b) => a + b, 0) > ready.length) return;
  const excess = names.map((zone, i) => {
    const here = ready.filter((one) => one.zone === zone).length;
    return here - Math.max(shareOf(zone) * ready.length, least[i]!);
  });
  const from: string[] = [];
  const to: string[] = [];
  for (;;) {
    const [most, lack] = [Math.max(...excess), -Math.min(...excess)];
    if (most < 0.5 || lack < 0.5 || (most < 1 && lack < 1)) break;
    const [giver, taker] = [excess.indexOf(most), excess.indexOf(-lack)];
    excess[giver]!--;
    excess[taker]!++;
    from.push(names[giver]!);
    to.push(names[taker]!);
  }
  const key = ({ targetRef }: Endpoint) => fnv1a(targetRef!.name!);
  for (const endpoint of ready.toSorted((a, b) => key(a) - key(b))) {
    const place = from.indexOf(endpoint.zone!);
    let zone = endpoint.zone!;
    if (place >= 0) {
      from.splice(place, 1);
      zone = mostFrequent(to);
      to.splice(to.indexOf(zone), 1);
    }
    (endpoint as { hints?: Endpoint["hints"] }).hints = { forZones: [{ name: zone }] };
  }
}

function mostFrequent(words: readonly string[]): string {
  const count = (word: string) => words.filter((each) => each === word).length;
  return words.toSorted((a, b) => count(b) - count(a) || (a < b ? -1 : 1))[0]!;
}

/** JSON with sorted keys; absent and undefined are the same. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
