import { append } from "../objects/append.ts";
import type { NetworkPlan } from "./network-plan.ts";

/** Where the namespace's router is, as its command sees it. */
export const ROUTER = "169.254.1.1";

export interface SetUp {
  /** A folder that exists outside; a file system of the namespace's own goes over it. */
  readonly folder: string;
  readonly network: NetworkPlan;
  readonly hostname?: string | undefined;
  /** Files to put in place of the system's, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Files in the folder, by name. */
  readonly own: ReadonlyMap<string, string>;
  /** Sockets of name services that know nothing of the cluster. */
  readonly hidden: readonly string[];
}

/**
 * The shell script that makes the network, run as the namespace's root. Two network namespaces and a cable:
 * the command has one to itself, so that it may listen on every port; the sockets of Services are in the other.
 */
export function setUpScript(setUp: SetUp): string {
  const { folder, network, hostname, files, own, hidden } = setUp;
  const dir = quote(folder);
  const lines = [`mount -t tmpfs -o mode=700 kubelane ${dir}`, `: > ${dir}/net`];
  append(lines, [
    "exec 9</proc/self/ns/net",
    ...script(`unshare --net -- sh -ec`, dir, commandSide(network)),
  ]);
  append(lines, [
    ...batch(routerSide(network)),
    ...setting("ipv4/ip_nonlocal_bind", 1),
    ...setting("ipv4/tcp_tw_reuse", 1),
  ]);
  append(lines, routerSideV6(network.ranges.filter(isV6)));
  // The shell's own printf: no program, to which only so much can be told.
  const write = (text: string, path: string) => lines.push(`printf %s ${quote(text)} > ${path}`);
  for (const [name, text] of own) write(text, `${dir}/${quote(name)}`);
  for (const [i, [path, text]] of [...files].entries()) {
    const copy = `${dir}/file-${i}`;
    write(text, copy);
    lines.push(`mount --bind ${copy} ${quote(path)}`);
  }
  for (const path of hidden) lines.push(`mount --bind /dev/null ${quote(path)} || :`);
  if (hostname !== undefined) {
    const name = quote(hostname);
    lines.push(`hostname ${name} 2>/dev/null || echo ${name} > /proc/sys/kernel/hostname || :`);
  }
  return `${lines.join("\n")}\n`;
}

/** Run in the command's own network namespace; the other one is file 9. */
function commandSide(network: NetworkPlan): string[] {
  const { address } = network;
  const lines = [
    'mount --bind /proc/self/ns/net "$0/net"',
    ...batch([
      "link set lo up",
      "link add eth0 mtu 65535 type veth peer name lane0 mtu 65535 netns /proc/self/fd/9",
      `addr add ${address}/32 dev eth0`,
      "link set eth0 up",
      `route add ${ROUTER} dev eth0 scope link`,
      ...network.ranges
        .filter((range) => !isV6(range))
        .map((range) => commandRoute(network, range)),
    ]),
    ...setting("ipv4/tcp_tw_reuse", 1),
    ...setting("ipv4/ip_unprivileged_port_start", 0),
  ];
  const v6 = network.ranges.filter(isV6).map(commandRouteV6);
  append(lines, batchV6([`addr add ${COMMAND_V6}/128 dev eth0 nodad`, ...v6]));
  return lines;
}

function routerSide({ address, ranges }: NetworkPlan): string[] {
  return [
    "link set lo up",
    "link set lane0 up",
    `addr add ${ROUTER}/32 dev lane0`,
    `route add ${address} dev lane0`,
    ...ranges.filter((range) => !isV6(range)).map(routerRoute),
  ];
}

function routerSideV6(ranges: readonly string[]): string[] {
  return [
    ...batchV6([
      `addr add ${ROUTER_V6}/64 dev lane0 nodad`,
      `route add ${COMMAND_V6} dev lane0`,
      ...ranges.map(routerRoute),
    ]),
    ...setting("ipv6/ip_nonlocal_bind", 1),
  ];
}

/** In the main table, where the narrower route to the command wins over the one of all pods. */
const routerRoute = (range: string) => `route add local ${range} dev lo table main`;

const commandRoute = ({ address }: NetworkPlan, range: string) =>
  `route add ${range} via ${ROUTER} src ${address}`;

const commandRouteV6 = (range: string) =>
  `route add ${range} via ${ROUTER_V6} dev eth0 src ${COMMAND_V6}`;

/** Routes that are added later: addresses outside all ranges. */
export function furtherRoutes(
  folder: string,
  network: NetworkPlan,
  ranges: readonly string[],
): string {
  const dir = quote(folder);
  const v4 = ranges.filter((range) => !isV6(range));
  const v6 = ranges.filter(isV6);
  const inside = [
    ...batch(
      v4.map((range) => commandRoute(network, range)),
      "-force",
    ),
    ...batchV6(v6.map(commandRouteV6)),
  ];
  return [
    ...batch(v4.map(routerRoute), "-force"),
    ...batchV6(v6.map(routerRoute)),
    ...script(`nsenter --net=${dir}/net -- sh -c`, dir, inside),
    ":",
  ].join("\n");
}

export interface Entry {
  readonly folder: string;
  /** Who the command runs as; undefined: as who made the namespace. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Where a tool is: the command's own PATH may leave it out. */
  readonly toolAt: (name: string) => string;
}

/** The command line that runs a command in the network that was made. */
export function enter({ folder, user, toolAt }: Entry, command: readonly string[]): string[] {
  const words = [toolAt("nsenter"), `--net=${folder}/net`, "--"];
  if (user !== undefined) {
    const { uid, gid } = user;
    words.push(toolAt("unshare"), "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--");
  }
  return [...words, ...command];
}

const COMMAND_V6 = "fd00:6b75:6265::2";
const ROUTER_V6 = "fe80::6b75";

const isV6 = (range: string) => range.includes(":");

function batch(lines: readonly string[], ...options: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`ip ${[...options, "-batch"].join(" ")} - <<'END'`, ...lines, "END"];
}

/** Run by another shell: told as its input, since an argument has a limit. */
function script(shell: string, name: string, lines: readonly string[]): string[] {
  return [`${shell} 'eval "$(cat)"' ${name} <<'SCRIPT'`, ...lines, "SCRIPT"];
}

/** A system without IPv6 does without it. */
function batchV6(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ["ip -6 -force -batch - 2>/dev/null <<'END' || :", ...lines, "END"];
}

/** Where /proc/sys can't be written, the default has to do. */
function setting(name: string, value: number): string[] {
  return [`echo ${value} 2>/dev/null > /proc/sys/net/${name} || :`];
}

/** A word of a shell script that stands for itself. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
