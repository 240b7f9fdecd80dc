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
  /** Whose view it is; absent: any pod's of the namespace. */
  readonly pod?: Pod | undefined;
  readonly clusterDomain: string;
  /** The machine's own loopback, by name; absent where the network has no way out. */
  readonly machine?: { readonly address: string; readonly name: string } | undefined;
  readonly dnsAddress: string;
  /** The files of this machine; undefined where there is none. */
  readonly host: {
    readonly resolvConf: string | undefined;
    readonly hosts: string | undefined;
    readonly nsswitch: string | undefined;
  };
}

/** The files of a namespace's name service, by path; those that may stay as they are are left out. */
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
 * What kubelet would write (D.15), but that every server is the cluster's: it passes on what is not the
 * cluster's, and no other could be reached.
 */
function resolverConfig({ namespace, pod, clusterDomain, dnsAddress, host }: NameServiceInput) {
  const cluster = {
    nameservers: [dnsAddress],
    domain: clusterDomain,
    host: parseResolverConfig(host.resolvConf ?? ""),
  };
  const config: ResolverConfig =
    pod === undefined ? namespaceConfig(namespace, cluster) : resolverConfigOf(pod, cluster);
  // A pod's own words: a break in one would be a line of the file.
  return {
    nameservers: [dnsAddress],
    searches: config.searches.filter(isWord),
    options: config.options.filter(({ name, value }) => isWord(name) && isWord(value ?? name)),
  };
}

const isWord = (text: string): boolean => /^[!-~]+$/.test(text);

/**
 * `hosts: mymachines resolve [!UNAVAIL=return] files dns`: name services that ask a daemon outside would never
 * hear of the cluster. What stays is files and DNS.
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

/** The machine's own entries, the pod's name and its aliases, as kubelet writes them. */
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

/** Nobody has checked them: what would be no line of the file, or two, is left out. */
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

/** Sockets of caching name service daemons, which ask outside. */
export const NAME_SERVICE_SOCKETS = ["/run/nscd/socket", "/var/run/nscd/socket"];
