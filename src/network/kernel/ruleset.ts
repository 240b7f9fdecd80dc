import { append } from "../../objects/append.ts";
import type { IPFamily } from "../../objects/service.ts";
import { chainsOf, rulesOfChain } from "./elements.ts";

/** The part of a ruleset that is the kernel's for one IP family. */
const TABLES = {
  IPv4: { family: "ip", type: "ipv4_addr" },
  IPv6: { family: "ip6", type: "ipv6_addr" },
} as const;

const NAME = "kubelane-services";

/** Sessions that are kept at once; kube-proxy has as many for each endpoint. */
const MAX_SESSIONS = 65_536;

const table = (family: IPFamily): string => `${TABLES[family].family} ${NAME}`;

/**
 * The table that balances connections to Services, without any Service. A connection goes through `services` once;
 * conntrack holds on to what came of it.
 *
 * - `ways`: the service port behind an address, as a number, which the connection keeps as its mark;
 * - `gates`: places that only some clients, or none, get through;
 * - `choices`: how one of its endpoints is chosen. The chain puts the number of the choice into the packet's mark.
 * - `sessions`: the endpoint that a client was sent to; it holds while the endpoint is among the `members`.
 * - `generations`: flows of datagrams have no end, and conntrack would send them to an endpoint that is gone. Another
 *   zone makes them new.
 * - `hairpins`: a pod that is sent to itself has to see another client than itself.
 *
 * @param router whom such a pod sees
 */
export function ruleset(family: IPFamily, router: string): string {
  const { family: ip, type } = TABLES[family];
  const place = `${ip} daddr . meta l4proto . th dport`;
  return `table ${table(family)} {
  map ways { type ${type} . inet_proto . inet_service : mark; }
  map gates { type ${type} . inet_proto . inet_service : verdict; }
  set allowed { type ${type} . inet_proto . inet_service . ${type}; flags interval; }
  map choices { type mark : verdict; }
  map endpoints { type mark . mark : ${type} . inet_service; }
  map drawn { type mark . mark : mark; }
  map members { type mark . mark : verdict; }
  map sessions { type mark . ${type} : mark; flags dynamic,timeout; size ${MAX_SESSIONS}; }
  map generations { typeof ${ip} daddr . udp dport : ct zone; }
  set hairpins { type ${type} . ${type}; }
  chain guard {
    ${place} . ${ip} saddr @allowed return
    drop
  }
  chain datagrams {
    type filter hook prerouting priority raw; policy accept;
    ct original zone set ${ip} daddr . udp dport map @generations
  }
  chain services {
    type nat hook prerouting priority dstnat; policy accept;
    ct mark set ${place} map @ways
    ${place} vmap @gates
    ct mark vmap @choices
  }
  chain to-itself {
    type nat hook postrouting priority srcnat; policy accept;
    ${ip} saddr . ${ip} daddr @hairpins snat to ${router}
  }
}
`;
}

/** What is put in place of what, in one family. */
export interface ElementChange {
  readonly removed: Iterable<readonly [key: string, value: string]>;
  readonly added: Iterable<readonly [key: string, value: string]>;
}

/**
 * The commands of a change; nft carries out all of them or none.
 * @param known chains that are there; the new ones are added
 */
export function changeCommands(
  family: IPFamily,
  { removed, added }: ElementChange,
  known: Set<string>,
): string {
  const entries = [...added];
  const lines: string[] = [];
  for (const chain of chainsOf(entries.map(([, value]) => value))) {
    if (known.has(chain)) continue;
    known.add(chain);
    lines.push(`add chain ${table(family)} ${chain}`);
    for (const rule of rulesOfChain(chain, TABLES[family].family)) {
      lines.push(`add rule ${table(family)} ${chain} ${rule}`);
    }
  }
  append(lines, elementCommands("delete", family, removed));
  append(lines, elementCommands("add", family, entries));
  return lines.map((line) => `${line}\n`).join("");
}

export function removal(family: IPFamily): string {
  return `delete table ${table(family)}\n`;
}

/** One command for each map: nft reads a long one faster than many. */
function elementCommands(
  verb: "add" | "delete",
  family: IPFamily,
  elements: Iterable<readonly [key: string, value: string]>,
): string[] {
  const byMap = new Map<string, string[]>();
  for (const [key, value] of elements) {
    const space = key.indexOf(" ");
    const map = key.slice(0, space);
    const element = key.slice(space + 1);
    const text = value === "" || verb === "delete" ? element : `${element} : ${value}`;
    const texts = byMap.get(map);
    if (texts === undefined) byMap.set(map, [text]);
    else texts.push(text);
  }
  return [...byMap].map(
    ([map, texts]) => `${verb} element ${table(family)} ${map} { ${texts.join(", ")} }`,
  );
}
