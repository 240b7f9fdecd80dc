import { join } from "node:path";
import { ROUTER, ROUTER_V6 } from "./router-script.ts";
import { batch, batchV6, quote, setting, writeFile } from "./script-text.ts";

/** A pod's place in a network. */
export interface PodPlace {
  /** Numbers its veth pair and its IPv6 address. */
  readonly number: number;
  /** Holds the network namespace, and files that go over the system's. */
  readonly folder: string;
  readonly address: string;
}

/** The file that keeps a pod's network namespace. */
export const netFile = ({ folder }: PodPlace): string => join(folder, "net");

/** An empty folder, for whatever a process has to put together before it is in its place. */
export const cornerOf = ({ folder }: PodPlace): string => join(folder, "corner");

const cable = ({ number }: PodPlace): string => `lane${number}`;
const addressV6 = ({ number }: PodPlace): string => `fd00:6b75:6265::${(number + 1).toString(16)}`;

/** Makes a pod's network namespace and its files; run by the router's root. */
export function podScript(place: PodPlace, files: ReadonlyMap<string, string>): string {
  const { folder, address } = place;
  const file = netFile(place);
  const name = cable(place);
  const six = addressV6(place);
  return [
    "umask 022",
    `mkdir ${quote(folder)} ${quote(cornerOf(place))}`,
    `: > ${quote(file)}`,
    "exec 9</proc/self/ns/net",
    `unshare --net=${quote(file)} -- sh -ec 'eval "$(cat)"' sh <<'SCRIPT'`,
    ...batch([
      "link set lo up",
      `link add eth0 mtu 65535 type veth peer name ${name} mtu 65535 netns /proc/self/fd/9`,
      `addr add ${address}/32 dev eth0`,
      "link set eth0 up",
      `route add ${ROUTER} dev eth0 scope link`,
      `route add default via ${ROUTER} src ${address}`,
    ]),
    ...setting("ipv4/tcp_tw_reuse", 1),
    ...setting("ipv4/ip_unprivileged_port_start", 0),
    ...batchV6([
      `addr add ${six}/128 dev eth0 nodad`,
      `route add default via ${ROUTER_V6} dev eth0 src ${six}`,
    ]),
    "SCRIPT",
    // An address outside all ranges has a route to the relays already; the one to the pod takes its place.
    ...batch([`link set ${name} up`, `route replace ${address} dev ${name} src ${ROUTER}`]),
    ...batchV6([`addr add ${ROUTER_V6}/64 dev ${name} nodad`, `route add ${six} dev ${name}`]),
    ...[...files.values()].map((text, i) => writeFile(join(folder, `file-${i}`), text)),
    ":",
  ].join("\n");
}

/** Takes it away again: with its last process and this file the kernel removes the namespace. */
export function podRemoval(place: PodPlace): string {
  return [
    `ip link delete ${cable(place)} 2>/dev/null || :`,
    `umount ${quote(netFile(place))} || :`,
    `rm -rf ${quote(place.folder)}`,
  ].join("\n");
}

export interface Entry {
  readonly place: PodPlace;
  /** The files that {@link podScript} made, in the same order: where they go. */
  readonly files: readonly string[];
  readonly hostname: string | undefined;
  /** Sockets of name services that know nothing of the cluster. */
  readonly hidden: readonly string[];
  /** The process whose namespaces are entered; undefined: the command is started inside. */
  readonly agent: number | undefined;
  /** Whether the namespaces belong to a user namespace. */
  readonly isRoot: boolean;
  /** Who the command runs as; undefined: as who made the namespace. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** A script that mounts what the command is to see, if it is to see anything else. */
  readonly mounts?: string;
  /** Where a tool is: the command's own PATH may leave it out. */
  readonly toolAt: (name: string) => string;
}

/** The words of a command line around the folder that a command starts in; the command follows. */
export interface EntryWords {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * The command line that runs a command as a process of a pod: each step replaces itself by the next, so that the
 * process that is started is the command in the end, with its signals and its exit code.
 */
export function enter(
  { before, after }: EntryWords,
  cwd: string,
  command: readonly string[],
): string[] {
  return [...before, cwd, ...after, ...command];
}

export function entryWords(entry: Entry): EntryWords {
  const { place, agent, isRoot, user, toolAt } = entry;
  const net = netFile(place);
  const way =
    agent === undefined
      ? [toolAt("nsenter"), `--net=${net}`]
      : [...entryOfAgent(agent, isRoot, toolAt), `--net=/proc/${agent}/root${net}`];
  const own = [toolAt("unshare"), "--mount", "--uts", "--"];
  const after = [];
  if (user !== undefined) {
    const { uid, gid } = user;
    after.push(toolAt("unshare"), "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--");
  }
  return { before: [...way, "--", ...own, toolAt("sh"), "-c", furnish(entry)], after };
}

/** The words that enter an agent's namespaces, but for that of its network. */
export function entryOfAgent(
  agent: number,
  isRoot: boolean,
  toolAt: (name: string) => string,
): string[] {
  const user = isRoot ? [] : ["--preserve-credentials", `--user=/proc/${agent}/ns/user`];
  return [toolAt("nsenter"), ...user, `--mount=/proc/${agent}/ns/mnt`];
}

/** What a process does before it becomes the command: its own view of some files, and its host name. */
function furnish({ place, files, hidden, hostname, mounts, toolAt }: Entry): string {
  const bind = `${quote(toolAt("mount"))} --bind`;
  const lines = files.map(
    (path, i) => `${bind} ${quote(join(place.folder, `file-${i}`))} ${quote(path)} || exit 125`,
  );
  for (const path of hidden) lines.push(`${bind} /dev/null ${quote(path)} 2>/dev/null || :`);
  if (hostname !== undefined) {
    const name = quote(hostname);
    lines.push(
      `${quote(toolAt("hostname"))} ${name} 2>/dev/null || echo ${name} 2>/dev/null > /proc/sys/kernel/hostname || :`,
    );
  }
  if (mounts !== undefined) lines.push(`. ${quote(mounts)}`);
  lines.push('cd "$0" || exit 125', 'exec "$@"');
  return lines.join("\n");
}
