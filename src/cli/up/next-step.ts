import type { Engine } from "../../engine/engine.ts";
import { mirrorAddress } from "../../net/loopback-mirror.ts";
import { clusterIPs, isHeadless } from "../../objects/service.ts";
import { formatAddress, type ListenAddress } from "../listen-address.ts";

/** What to type first: the first Service that has a live pod, else the first that has a port at all. */
export function lineToTry(
  engine: Engine,
  gateway: ListenAddress,
  clusterDomain: string,
): string | undefined {
  const services = engine.store.list("Service").filter(({ spec }) => spec.ports?.length);
  const live = services.find((service) => engine.hasLiveEndpoint(service)) ?? services[0];
  if (live === undefined) return undefined;
  const { namespace, name } = live.metadata;
  const port = live.spec.ports?.[0]?.port;
  const suffix = port === 80 ? "" : `:${port}`;
  const url = `http://${name}.${namespace}.svc.${clusterDomain}${suffix}/`;
  return `curl -x http://${formatAddress(gateway)} ${url}`;
}

/**
 * Where this machine reaches a first live Service by address; undefined where it reaches none.
 * @param isTaken whether an address here could not be had.
 */
export function firstRelay(
  engine: Engine,
  isTaken: (host: string, port: number) => boolean,
): ListenAddress | undefined {
  for (const service of engine.store.list("Service")) {
    const [address = ""] = isHeadless(service) ? [] : clusterIPs(service);
    const host = mirrorAddress(address);
    if (host === undefined || !engine.hasLiveEndpoint(service)) continue;
    const free = service.spec.ports?.find(({ port }) => !isTaken(host, port));
    if (free !== undefined) return { host, port: free.port };
  }
  return undefined;
}

/** What can be run, nearest to users first, and as what. */
const WORKLOADS = [
  ["Deployment.apps", "deploy"],
  ["StatefulSet.apps", "sts"],
  ["DaemonSet.apps", "ds"],
  ["Pod", "pod"],
] as const;

/** How to get a first live pod; undefined when there is one, or nothing that could be one. */
export function howToRun({ store }: Engine): string | undefined {
  const pods = store.list("Pod");
  if (pods.length === 0 || pods.some(({ status }) => status?.podIP !== undefined)) return undefined;
  for (const [groupKind, short] of WORKLOADS) {
    const [workload] = store.list(groupKind);
    if (workload === undefined) continue;
    const { namespace = "default", name } = workload.metadata;
    const where = namespace === "default" ? "" : ` -n ${namespace}`;
    const line = `kubelane run${where} ${short}/${name} -- COMMAND`;
    return `say in kubelane.yaml what stands for an image, or in another terminal: ${line}`;
  }
  return undefined;
}
