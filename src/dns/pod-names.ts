import { EMPTY_HOSTS, type Hosts, hosts, type LookupContext, missing } from "./hosts.ts";
import { localAddress } from "./local-view.ts";
import type { ObjectName } from "./name-shape.ts";
import { addressFamily } from "./wire/address.ts";

/** The address that a pod's DNS name spells: `10-244-1-7` → `10.244.1.7`, `fd00--7` → `fd00::7` (D.10). */
export function podAddress(name: string): string {
  const dashes = name.split("-").length - 1;
  return dashes === 3 && !name.includes("--")
    ? name.replaceAll("-", ".")
    : name.replaceAll("-", ":");
}

/** Names like `10-244-1-7.shop.pod.<zone>` (D.10); the caller has checked the namespace. */
export function podHosts(shape: ObjectName, { catalog, settings, topics }: LookupContext): Hosts {
  if (settings.pods === "disabled") return missing({ rule: "pods-disabled" });
  if (shape.name === "") return EMPTY_HOSTS;
  const address = podAddress(shape.name);
  const family = addressFamily(address);
  const target = `${shape.name}.${shape.namespace}.pod`;
  if (settings.pods === "verified") topics.add(`address:${address}`);
  if (family === 0) return missing({ rule: "pod-name-no-address", label: shape.name });
  const { namespace } = shape;
  const host = settings.view === "local" ? localAddress(address, settings.mirror) : address;
  const entry = { host, family, port: 0, target };
  const of = { kind: "pod" as const, address };
  if (settings.pods === "insecure") return hosts(of, [entry]);
  const pods = catalog.podsWithIP(address).filter((pod) => pod.metadata.namespace === namespace);
  if (pods.length === 0) return missing({ rule: "pod-missing", namespace, address });
  return hosts(
    of,
    pods.map(() => entry),
  );
}
