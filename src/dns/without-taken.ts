import { type Hosts, hosts, type LookupContext } from "./hosts.ts";
import { takenTopic } from "./taken-addresses.ts";

/**
 * The hosts without those at which another program answers, which clients would reach in their place. An address is
 * kept as long as one of its ports is ours.
 */
export function withoutTaken(found: Hosts, { settings, topics }: LookupContext): Hosts {
  const { entries, of } = found;
  const { taken } = settings;
  if (taken === undefined || entries === undefined || of === undefined) return found;
  let lost: { readonly address: string; readonly holder: string } | undefined;
  const ours = entries.filter(({ host, family, port }) => {
    if (family !== 4 || port <= 0) return true;
    topics.add(takenTopic(host));
    const holder = taken.holderOf(host, port);
    if (holder === undefined) return true;
    lost ??= { address: `${host}:${port}`, holder };
    return false;
  });
  return lost === undefined ? found : hosts(of, ours, { rule: "address-taken", of, ...lost });
}
