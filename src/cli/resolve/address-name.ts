import { reverseName } from "../../dns/reverse.ts";
import type { Engine } from "../../engine/engine.ts";
import type { LoopbackMirror } from "../../net/loopback-mirror.ts";
import { podIPs } from "../../objects/pod.ts";
import { clusterIPs } from "../../objects/service.ts";
import type { StoreReader } from "../../store/store-reader.ts";

/**
 * The name that an address has in DNS, without the final dot: that of the Service, or of an endpoint. A
 * loopback mirror is taken for the address that it mirrors.
 * @returns undefined for what is no address, or one without a name.
 */
export function nameOfAddress(engine: Engine, address: string): string | undefined {
  const reverse = reverseName(clusterAddress(engine, address));
  if (reverse === undefined) return undefined;
  const [record] = engine.dns.resolve(reverse, "PTR").answers;
  return record === undefined ? undefined : String(record.data).replace(/\.$/, "");
}

/** The cluster address that an address on this machine stands for; any other as it is. */
export function clusterAddress(
  { store, mirror }: { readonly store: StoreReader; readonly mirror: LoopbackMirror },
  address: string,
): string {
  if (!address.startsWith("127.")) return address;
  const isMirrored = (each: string) => mirror.addressOf(each) === address;
  for (const service of store.list("Service")) {
    const found = clusterIPs(service).find(isMirrored);
    if (found !== undefined) return found;
  }
  for (const pod of store.list("Pod")) {
    const found = podIPs(pod).find(isMirrored);
    if (found !== undefined) return found;
  }
  return address;
}
