import type { Pod } from "../objects/pod.ts";
import { splitName } from "./wire/name.ts";

/** The content of a resolv.conf. */
export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly ResolverOption[];
}

/** An option of resolv.conf: `ndots:5`. */
export interface ResolverOption {
  readonly name: string;
  readonly value?: string;
}

export interface ClusterDns {
  /** Addresses of the cluster's DNS. */
  readonly nameservers: readonly string[];
  /** `cluster.local`, with or without the final dot. */
  readonly domain: string;
  /** The node's own resolv.conf. */
  readonly host: ResolverConfig;
}

/** kubelet's limits since 1.28 (D.15). */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_LENGTH = 2048;
const MAX_SEARCH_NAME = 253;
const DEFAULT_NDOTS = 5;

/** The resolv.conf that the kubelet would write for a pod (D.15). */
export function resolverConfigOf(pod: Pod, cluster: ClusterDns): ResolverConfig {
  const { dnsPolicy = "ClusterFirst", dnsConfig, hostNetwork = false } = pod.spec;
  const namespace = pod.metadata.namespace ?? "default";
  let base: ResolverConfig;
  if (dnsPolicy === "None") {
    base = { nameservers: [], searches: [], options: [] };
  } else if (
    dnsPolicy === "Default" ||
    (dnsPolicy === "ClusterFirst" && hostNetwork) ||
    cluster.nameservers.length === 0
  ) {
    base = hostConfig(cluster.host);
  } else {
    base = namespaceConfig(namespace, cluster);
  }
  const searches = unique([...base.searches, ...(dnsConfig?.searches ?? [])]);
  return {
    nameservers: unique([...base.nameservers, ...(dnsConfig?.nameservers ?? [])]).slice(
      0,
      MAX_NAMESERVERS,
    ),
    searches: fitting(searches),
    options: mergeOptions(base.options, dnsConfig?.options ?? []),
  };
}

/** The resolv.conf of a pod without settings of its own: the cluster's search list, `ndots:5`. */
export function namespaceConfig(namespace: string, cluster: ClusterDns): ResolverConfig {
  const domain = cluster.domain.replace(/\.$/, "");
  const own = [`${namespace}.svc.${domain}`, `svc.${domain}`, domain];
  return {
    nameservers: cluster.nameservers,
    searches: fitting(unique([...own, ...hostConfig(cluster.host).searches])),
    options: [{ name: "ndots", value: String(DEFAULT_NDOTS) }],
  };
}

function hostConfig({ nameservers, searches, options }: ResolverConfig): ResolverConfig {
  const plain = searches.map((search) => (search.length > 1 ? search.replace(/\.$/, "") : search));
  return { nameservers, searches: plain, options };
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}

/** Options of the same name are replaced in place, new ones come last. */
function mergeOptions(
  base: readonly ResolverOption[],
  own: readonly { readonly name?: string; readonly value?: string }[],
): readonly ResolverOption[] {
  const merged = new Map(base.map((option) => [option.name, option]));
  for (const { name, value } of own) {
    if (name !== undefined) merged.set(name, value === undefined ? { name } : { name, value });
  }
  return [...merged.values()];
}

function fitting(searches: readonly string[]): string[] {
  const kept = searches.filter((search) => search.length <= MAX_SEARCH_NAME).slice(0, MAX_SEARCHES);
  while (kept.join(" ").length > MAX_SEARCH_LENGTH) kept.pop();
  return kept;
}

/** `nameserver …`, `search …`, `options …`: the file. */
export function formatResolverConfig({ nameservers, searches, options }: ResolverConfig): string {
  const lines = nameservers.map((address) => `nameserver ${address}`);
  if (searches.length > 0) lines.push(`search ${searches.join(" ")}`);
  const texts = options.map(({ name, value }) => (value === undefined ? name : `${name}:${value}`));
  if (texts.length > 0) lines.push(`options ${texts.join(" ")}`);
  return `${lines.join("\n")}\n`;
}

/** Reads a resolv.conf; unknown lines are ignored. */
export function parseResolverConfig(text: string): ResolverConfig {
  const nameservers: string[] = [];
  let searches: string[] = [];
  const options: ResolverOption[] = [];
  for (const line of text.split("\n")) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "nameserver" && words[0] !== undefined) nameservers.push(words[0]);
    else if (keyword === "search" || keyword === "domain") searches = words;
    else if (keyword === "options") {
      for (const word of words) {
        const [name = "", value] = word.split(":", 2);
        options.push(value === undefined ? { name } : { name, value });
      }
    }
  }
  return { nameservers, searches, options };
}

/**
 * The full names a resolver asks for, in order: with fewer dots than ndots the search list comes first
 * (glibc's order). A name with a final dot is asked as it is.
 */
export function candidateNames(name: string, config: ResolverConfig): readonly string[] {
  if (name.endsWith(".")) return [name];
  const ndots = Number(config.options.find((option) => option.name === "ndots")?.value ?? 1);
  const dots = splitName(name).length - 1;
  const searched = config.searches.map((search) =>
    search === "." ? `${name}.` : `${name}.${search.replace(/\.$/, "")}.`,
  );
  const absolute = `${name}.`;
  return unique(dots >= ndots ? [absolute, ...searched] : [...searched, absolute]);
}
