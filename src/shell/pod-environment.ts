import { type Pod, podIPs } from "../objects/pod.ts";
import { clusterIPs } from "../objects/service.ts";
import { ALL_SOURCES, environmentOf } from "../runtime/environment.ts";
import { mainContainer } from "../runtime/target.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** What a program that is a pod gets: the pod's environment with the cluster's own addresses and ports. */
export function podEnvironment(
  pod: Pod,
  store: StoreReader,
  node: { readonly name: string; readonly address: string },
): Readonly<Record<string, string>> {
  const main = mainContainer(pod);
  const container = pod.spec.containers.find(({ name }) => name === main);
  if (container === undefined) return {};
  const ports = (container.ports ?? []).map(({ containerPort }) => containerPort);
  return environmentOf({
    pod,
    podIP: podIPs(pod)[0] ?? "",
    hostIP: node.address,
    nodeName: pod.spec.nodeName ?? node.name,
    container,
    store,
    sources: ALL_SOURCES,
    ports: new Map(ports.map((port) => [port, port])),
    serviceAddress(service, { port }) {
      const host = clusterIPs(service)[0];
      return host === undefined ? undefined : { host, port };
    },
    inherited: {},
    extra: {},
    entry: {},
  }).variables;
}

/** The port that the program is reached at: the first TCP port of the pod's main container. */
export function mainPort(pod: Pod): number | undefined {
  const main = mainContainer(pod);
  const { ports = [] } = pod.spec.containers.find(({ name }) => name === main) ?? {};
  return ports.find(({ protocol = "TCP" }) => protocol === "TCP")?.containerPort;
}
