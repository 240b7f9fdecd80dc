import { reverseName } from "../../dns/reverse.ts";
import type { Engine } from "../../engine/engine.ts";

/**
 * The DNS name of an address, without the final dot: that of the Service, or of an endpoint. A loopback mirror stands
 * for the address that it mirrors.
 * @returns undefined for a text that is no address, or an address without a name.
 */
export function nameOfAddress(engine: Engine, address: string): string | undefined {
  const reverse = reverseName(engine.view.clusterAddress(address));
  if (reverse === undefined) return undefined;
  const [record] = engine.dns.resolve(reverse, "PTR").answers;
  return record === undefined ? undefined : String(record.data).replace(/\.$/, "");
}
