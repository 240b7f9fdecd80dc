import { join } from "node:path";
import { ROUTER, ROUTER_V6 } from "./router-script.ts";
import { batch, batchV6, quote, setting, writeFile } from "./script-text.ts";

/** A pod's place in a network. */
export interface PodPlace {
  /** Numbers its veth pair and its IPv6 address. */
  readonly number: number;
  /** A folder for the file of the network namespace, and for files that are mounted over the system's. */
  readonly folder: string;
  readonly address: string;
}

/** The file to which a pod's network namespace is bound, which keeps it alive. */
export const netFile = ({ folder }: PodPlace): string => join(folder, "net");

/** An empty folder where processes prepare files before they are moved into place. */
export const cornerOf = ({ folder }: PodPlace): string => join(folder, "corner");

const cable = ({ number }: PodPlace): string => `lane${number}`;
/** Pods' ranges are IPv4: this one is the network's own. */
export const addressV6 = ({ number }: PodPlace): string =>
  `fd00:6b75:6265::${(number + 1).toString(16)}`;

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
    // An address outside all ranges has a route to the relays; the one to the pod replaces it.
    ...batch([`link set ${name} up`, `route replace ${address} dev ${name} src ${ROUTER}`]),
    ...batchV6([`addr add ${ROUTER_V6}/64 dev ${name} nodad`, `route add ${six} dev ${name}`]),
    ...[...files.values()].map((text, i) => writeFile(join(folder, `file-${i}`), text)),
    ":",
  ].join("\n");
}

/** Removes it: the kernel frees the namespace with its last process and this file. */
export function podRemoval(place: PodPlace): string {
  return [
    `ip link delete ${cable(place)} 2>/dev/null || :`,
    `umount ${quote(netFile(place))} || :`,
    `rm -rf ${quote(place.folder)}`,
  ].join("\n");
}

export interface Entry {
  readonly place: PodPlace;
  /** Mount points for the files that {@link podScript} made, in the same order. */
  readonly files: readonly string[];
  readonly hostname: string | undefined;
  /** Sockets of the machine's name service daemons, which don't know the cluster. */
  readonly hidden: readonly string[];
  /** The process whose namespaces are entered; undefined: the command is started inside. */
  readonly agent: number | undefined;
  /** Whether the namespaces belong to a user namespace. */
  readonly isRoot: boolean;
  /** The user that the command runs as; undefined: the one that made the namespace. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** A script that mounts further files for the command, if there are any. */
  readonly mounts?: string;
  /** Returns a tool's path: the command's own PATH may not contain it. */
  readonly toolAt: (name: string) => string;
}

/** The part of a command line that changes to the command's folder; the command follows. */
export interface EntryWords {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * The command line that runs a command as a process of a pod. Each step replaces itself by the next (exec), so that
 * the started process is finally the command, with its signals and its exit code.
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

/** The command line prefix that enters an agent's namespaces except that of its network. */
export function entryOfAgent(
  agent: number,
  isRoot: boolean,
  toolAt: (name: string) => string,
): string[] {
  const user = isRoot ? [] : ["--preserve-credentials", `--user=/proc/${agent}/ns/user`];
  return [toolAt("nsenter"), ...user, `--mount=/proc/${agent}/ns/mnt`];
}

/** What runs before the command in the same process: mounts its own view of some files, and sets its host name. */
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
