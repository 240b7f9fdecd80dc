import type { HostEntry, LookupContext } from "./host-entries.ts";
import { MISSING } from "./host-entries.ts";
import { localAddress } from "./local-view.ts";
import type { ObjectName } from "./name-shape.ts";
import { addressFamily } from "./wire/address.ts";

/** The address a pod's name is made of: `10-244-1-7` → `10.244.1.7`, `fd00--7` → `fd00::7` (D.10). */
export function podAddress(name: string): string {
  const dashes = name.split("-").length - 1;
  return dashes === 3 && !name.includes("--")
    ? name.replaceAll("-", ".")
    : name.replaceAll("-", ":");
}

/** Names like `10-244-1-7.shop.pod.<zone>` (D.10); the namespace is known to exist. */
export function podEntries(
  shape: ObjectName,
  { catalog, settings, topics }: LookupContext,
): readonly HostEntry[] | typeof MISSING {
  if (settings.pods === "disabled") return MISSING;
  if (shape.name === "") return [];
  const address = podAddress(shape.name);
  const family = addressFamily(address);
  const target = `${shape.name}.${shape.namespace}.pod`;
  if (settings.pods === "insecure") {
    if (family === 0) return MISSING;
    const host = settings.view === "local" ? localAddress(address) : address;
    return [{ host, family, port: 0, target }];
  }
  topics.add(`address:${address}`);
  const pods = catalog
    .podsWithIP(address)
    .filter((pod) => pod.metadata.namespace === shape.namespace);
  if (pods.length === 0) return MISSING;
  const host = settings.view === "local" ? localAddress(address) : address;
  return pods.map(() => ({ host, family, port: 0, target }));
}
