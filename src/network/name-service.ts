import { isIP } from "node:net";
import {
  formatResolverConfig,
  namespaceConfig,
  parseResolverConfig,
  type ResolverConfig,
  resolverConfigOf,
} from "../dns/resolver-config.ts";
import { append } from "../objects/append.ts";
import { type Pod, podIPs } from "../objects/pod.ts";

export interface NameServiceInput {
  readonly namespace: string;
  /** The pod whose view it is; absent: any pod's of the namespace. */
  readonly pod?: Pod | undefined;
  readonly clusterDomain: string;
  /** Name and address of the machine's own loopback; absent where the network has no way out. */
  readonly machine?: { readonly address: string; readonly name: string } | undefined;
  readonly dnsAddress: string;
  /** The machine's own files; undefined where there are none. */
  readonly host: {
    readonly resolvConf: string | undefined;
    readonly hosts: string | undefined;
    readonly nsswitch: string | undefined;
  };
}

/** The files of a namespace's name service, by path, without those that needn't differ from the machine's. */
export function nameServiceFiles(input: NameServiceInput): Map<string, string> {
  const { pod, host } = input;
  const files = new Map([["/etc/resolv.conf", formatResolverConfig(resolverConfig(input))]]);
  const nsswitch = host.nsswitch === undefined ? undefined : withoutForeignSources(host.nsswitch);
  if (nsswitch !== undefined && nsswitch !== host.nsswitch)
    files.set("/etc/nsswitch.conf", nsswitch);
  if (pod !== undefined && host.hosts !== undefined) {
    files.set("/etc/hosts", hostsOf(host.hosts, pod, input));
  }
  return files;
}

/**
 * What the kubelet would write (D.15), except that the cluster's server is the only one: it forwards other names, and
 * other servers can't be reached.
 */
function resolverConfig({ namespace, pod, clusterDomain, dnsAddress, host }: NameServiceInput) {
  const cluster = {
    nameservers: [dnsAddress],
    domain: clusterDomain,
    host: parseResolverConfig(host.resolvConf ?? ""),
  };
  const config: ResolverConfig =
    pod === undefined ? namespaceConfig(namespace, cluster) : resolverConfigOf(pod, cluster);
  // A text from the pod's spec: a line break in it would add a line to the file.
  return {
    nameservers: [dnsAddress],
    searches: config.searches.filter(isWord),
    options: config.options.filter(({ name, value }) => isWord(name) && isWord(value ?? name)),
  };
}

const isWord = (text: string): boolean => /^[!-~]+$/.test(text);

/**
 * `hosts: mymachines resolve [!UNAVAIL=return] files dns`: name services that ask a daemon of the machine don't know
 * the cluster, so only files and DNS are kept.
 */
export function withoutForeignSources(nsswitch: string): string {
  return nsswitch.replace(/^([ \t]*hosts:)([^\n#]*)/m, (line, keyword: string, rest: string) => {
    const sources = rest
      .replace(/\[[^\]]*\]/g, " ")
      .split(/\s+/)
      .filter(Boolean);
    if (sources.every((source) => KEPT.has(source))) return line;
    const kept = sources.filter((source) => KEPT.has(source));
    return `${keyword} ${[...new Set([...kept, "dns"])].join(" ")}`;
  });
}

const KEPT: ReadonlySet<string> = new Set(["files", "dns"]);

/** The machine's own entries, the pod's name and its aliases, as the kubelet writes them. */
function hostsOf(hosts: string, pod: Pod, { clusterDomain, machine }: NameServiceInput): string {
  const { hostname, subdomain } = pod.spec;
  const { name, namespace = "default" } = pod.metadata;
  const own = hostname ?? name;
  const full = subdomain ? `${own}.${subdomain}.${namespace}.svc.${clusterDomain}\t` : "";
  const lines = podIPs(pod).map((address) => `${address}\t${full}${own}`);
  if (machine !== undefined) lines.push(`${machine.address}\t${machine.name}`);
  append(lines, aliasLines(pod));
  return `${hosts.replace(/\n?$/, "\n")}${lines.map((line) => `${line}\n`).join("")}`;
}

/** These were not validated: what would not be exactly one line of the file is left out. */
function aliasLines({ spec: { hostAliases } }: Pod): string[] {
  if (!Array.isArray(hostAliases)) return [];
  const lines: string[] = [];
  for (const alias of hostAliases as NonNullable<Pod["spec"]["hostAliases"]>) {
    const { ip = "", hostnames = [] } = alias ?? {};
    if (isIP(String(ip)) === 0 || !Array.isArray(hostnames)) continue;
    const names = hostnames.filter((name) => typeof name === "string" && isWord(name));
    if (names.length > 0) lines.push([ip, ...names].join("\t"));
  }
  return lines.length === 0 ? [] : ["# Entries added by HostAliases.", ...lines];
}

/** Sockets of the machine's caching name service daemons, which must not be asked. */
export const NAME_SERVICE_SOCKETS = ["/run/nscd/socket", "/var/run/nscd/socket"];
