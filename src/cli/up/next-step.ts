import type { Engine } from "../../engine/engine.ts";
import { clusterIPs, hasOwnProxy, isHeadless } from "../../objects/service.ts";
import { mayBeHttp } from "../../proxy/app-protocol.ts";
import { formatAddress, type ListenAddress } from "../listen-address.ts";
import { broughtServices } from "./brought-services.ts";

/**
 * What to type first: a Service that speaks HTTP and has a live pod, else one that has none yet; undefined when
 * no Service looks as if it spoke HTTP.
 */
export function lineToTry(
  engine: Engine,
  gateway: ListenAddress,
  clusterDomain: string,
): string | undefined {
  const services = broughtServices(engine.store).filter(
    (service) => service.spec.ports?.some(mayBeHttp) && !hasOwnProxy(service),
  );
  const live = services.find((service) => engine.hasLiveEndpoint(service)) ?? services[0];
  if (live === undefined) return undefined;
  const { namespace, name } = live.metadata;
  const port = live.spec.ports?.find(mayBeHttp)?.port;
  const suffix = port === 80 ? "" : `:${port}`;
  const url = `http://${name}.${namespace}.svc.${clusterDomain}${suffix}/`;
  return `curl -x http://${formatAddress(gateway)} ${url}`;
}

/** Where this machine reaches a first live Service by address; undefined where it reaches none. */
export function firstRelay(engine: Engine): ListenAddress | undefined {
  const lost = new Set(engine.lostAddresses.map(({ relay }) => `${relay.host}:${relay.port}`));
  for (const service of broughtServices(engine.store)) {
    const [address = ""] = isHeadless(service) ? [] : clusterIPs(service);
    const host = engine.mirror.addressOf(address);
    if (host === undefined || !engine.hasLiveEndpoint(service)) continue;
    const free = service.spec.ports?.find(({ port }) => !lost.has(`${host}:${port}`));
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
    return `say in kubelane.yaml what stands for an image, or in another terminal: ${line}; with --stub '*' all of them answer`;
  }
  return undefined;
}
