import type { IPFamily } from "../../objects/service.ts";
import type { Direction, Isolation, PeerMatch, PortMatch } from "../../policies/isolation.ts";

const FAMILY = { IPv4: "ip", IPv6: "ip6" } as const;
const NAME = "kubelane-policies";

const table = (family: IPFamily): string => `${FAMILY[family]} ${NAME}`;

/**
 * The table that lets connections through as policies permit, without any pod. It sees them once their endpoint is
 * chosen, and only as they begin: conntrack knows the rest of them. What comes from the router is a probe or the gateway:
 * a node reaches its pods whatever policies say.
 * @param dns where the cluster's DNS answers, which is in the router: it is a pod as others to policies
 */
export function policyRuleset(family: IPFamily, dns: string): string {
  const ip = FAMILY[family];
  const isOwn = dns.includes(":") === (family === "IPv6");
  return `table ${table(family)} {
  map egress { type ${ip === "ip" ? "ipv4_addr" : "ipv6_addr"} : verdict; }
  map ingress { type ${ip === "ip" ? "ipv4_addr" : "ipv6_addr"} : verdict; }
  chain between-pods {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    ${ip} saddr vmap @egress
    ${ip} daddr vmap @ingress
  }
  chain to-router {
    type filter hook input priority filter; policy accept;
    ct state established,related accept
${isOwn ? `    ${ip} daddr ${dns} meta l4proto { tcp, udp } th dport 53 ${ip} saddr vmap @egress\n` : ""}  }
}
`;
}

export function policyRemoval(family: IPFamily): string {
  return `delete table ${table(family)}\n`;
}

/** A pod's chain, which ends with a verdict on whatever it was not left for. */
export interface PodChain {
  readonly name: string;
  readonly direction: Direction;
  /** Of one family. */
  readonly address: string;
}

/** @param rules absent: the pod is not isolated */
export function chainCommands(
  family: IPFamily,
  { name, direction, address }: PodChain,
  rules: readonly string[] | undefined,
  wasIsolated: boolean,
): string {
  const own = `${table(family)} ${name}`;
  const element = `element ${table(family)} ${direction.toLowerCase()}`;
  const lines: string[] = [];
  // A chain can't be taken away while a connection may be in it; an empty one can stay.
  if (rules === undefined) {
    lines.push(`delete ${element} { ${address} }`, `flush chain ${own}`);
  } else {
    lines.push(`add chain ${own}`, `flush chain ${own}`);
    for (const rule of rules) lines.push(`add rule ${own} ${rule}`);
    if (!wasIsolated) lines.push(`add ${element} { ${address} : jump ${name} }`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** The rules of a pod's chain: they return for what is permitted, and drop the rest, as most clusters do. */
export function rulesOf(
  { permits }: Isolation,
  direction: Direction,
  address: string,
): readonly string[] {
  const family: IPFamily = address.includes(":") ? "IPv6" : "IPv4";
  const other = `${FAMILY[family]} ${direction === "Egress" ? "daddr" : "saddr"}`;
  const rules = [`${other} ${address} return`];
  for (const { peers, ports } of permits) {
    const whom =
      peers === undefined ? [""] : peers.flatMap((peer) => peerTests(peer, family, other));
    const where = ports === undefined ? [""] : ports.map(portTest);
    for (const peer of whom) for (const port of where) rules.push(`${peer}${port}return`);
  }
  return [...new Set(rules), "drop"];
}

function peerTests(peer: PeerMatch, family: IPFamily, other: string): string[] {
  if ("addresses" in peer) {
    const own = peer.addresses.filter((address) => address.includes(":") === (family === "IPv6"));
    return own.length === 0 ? [] : [`${other} { ${[...new Set(own)].sort().join(", ")} } `];
  }
  if (peer.range.family !== family) return [];
  const inside = peer.range.prefixLength === 0 ? "" : `${other} ${peer.range} `;
  const outside = peer.except.map((range) => `${other} != ${range} `);
  return [`${inside}${outside.join("")}`];
}

function portTest({ protocol, ports }: PortMatch): string {
  const name = protocol.toLowerCase();
  if (ports === undefined) return `meta l4proto ${name} `;
  const { first, last } = ports;
  return `${name} dport ${first === last ? first : `${first}-${last}`} `;
}
