import type { CarriedPort, ServicePlace, Target } from "./carriage.ts";

/**
 * What stands in the maps and sets of a {@link ruleset}, by map and key as nft writes them; the value is empty in a set.
 * Everything that changes is an element, so that a change is a few elements less and a few more.
 */
export type Elements = ReadonlyMap<string, string>;

/** The numbers that stand for parts of one service port in the rules. */
export interface PortNumbers {
  /** One for each way; never given to another. */
  way(index: number): number;
  /** One for each endpoint, the same as long as the service port is there; from {@link FIRST_ENDPOINT} on. */
  endpoint(target: Target): number;
  /** Another one whenever datagrams that were on their way to an endpoint have to find another. */
  readonly generation: number;
}

/** Below are the places in a random draw. */
export const FIRST_ENDPOINT = 0x1_0000;

/** The elements that make the kernel balance one service port. */
export function elementsOf(port: CarriedPort, numbers: PortNumbers): Elements {
  const elements = new Map<string, string>();
  const put = (map: string, key: string, value: string) => elements.set(`${map} ${key}`, value);
  const at = ({ address, port: number }: ServicePlace) =>
    `${address} . ${port.protocol} . ${number}`;
  /** Whom it lets in; as in a cluster, others get no answer, be there an endpoint or not. */
  const guard = (place: ServicePlace) => {
    if (place.allowed === undefined) return;
    put("gates", at(place), "jump guard");
    for (const range of place.allowed) put("allowed", `${at(place)} . ${range}`, "");
  };
  for (const place of port.dropped) put("gates", at(place), "drop");
  port.refused.forEach(guard);
  for (const [i, { targets, places }] of port.ways.entries()) {
    const way = numbers.way(i);
    for (const place of places) {
      put("ways", at(place), `${way}`);
      if (port.protocol === "udp") {
        put("generations", `${place.address} . ${place.port}`, `${numbers.generation}`);
      }
      guard(place);
    }
    const seconds = port.sessionSeconds;
    put("choices", `${way}`, `goto ${choiceChain(targets.length, seconds)}`);
    for (const [index, target] of targets.entries()) {
      const to = `${target.address} . ${target.port}`;
      if (seconds === undefined) {
        put("endpoints", `${way} . ${index}`, to);
        continue;
      }
      const number = numbers.endpoint(target);
      put("endpoints", `${way} . ${number}`, to);
      put("drawn", `${way} . ${index}`, `${number}`);
      put("members", `${way} . ${number}`, `goto ${keepChain(seconds)}`);
    }
  }
  return elements;
}

/** The chain that chooses one of so many endpoints. */
function choiceChain(count: number, sessionSeconds: number | undefined): string {
  return sessionSeconds === undefined ? `random-${count}` : `session-${sessionSeconds}-${count}`;
}

/** The chain that sends a client to the endpoint of its session, which begins anew with that. */
const keepChain = (seconds: number): string => `keep-${seconds}`;

/** The rules of a chain that elements lead to. */
export function rulesOfChain(name: string, address: "ip" | "ip6"): readonly string[] {
  const [kind, ...numbers] = name.split("-");
  const [first = "", count = ""] = numbers;
  const session = `ct mark . ${address} saddr`;
  const dnat = `meta l4proto { tcp, udp } dnat ${address} to ct mark . meta mark map @endpoints`;
  switch (kind) {
    case "random":
      return [`meta mark set numgen random mod ${first}`, dnat];
    case "keep":
      return [`update @sessions { ${session} timeout ${first}s : meta mark }`, dnat];
    default:
      return [
        `meta mark set ${session} map @sessions`,
        "ct mark . meta mark vmap @members",
        `meta mark set numgen random mod ${count}`,
        "meta mark set ct mark . meta mark map @drawn",
        `goto ${keepChain(Number(first))}`,
      ];
  }
}

/** The chains that elements lead to, and the ones those lead to; each after what it leads to. */
export function chainsOf(elements: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const value of elements) {
    const [, name] = /^goto (\S+)$/.exec(value) ?? [];
    if (name === undefined) continue;
    const [kind, seconds] = name.split("-");
    if (kind === "session") found.add(keepChain(Number(seconds)));
    found.add(name);
  }
  return found;
}
