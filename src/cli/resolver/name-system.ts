/** Facts about a machine that decide which service looks up names for its programs. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** The text of a file; undefined where it can't be read. */
  readonly read: (path: string) => string | undefined;
  readonly exists: (path: string) => boolean;
}

/** What looks up names on a machine, as far as a domain can be sent to another server. */
export type NameSystem =
  | "systemd-resolved"
  | "network-manager"
  | "dnsmasq"
  | "macos"
  | "windows"
  /** Only /etc/resolv.conf: programs ask its servers, always at port 53. */
  | "resolv.conf";

export interface FoundNameSystem {
  readonly name: NameSystem;
  /** Whether this is Linux within Windows. */
  readonly isWsl: boolean;
}

export function findNameSystem({ platform, read, exists }: Machine): FoundNameSystem {
  if (platform === "darwin") return { name: "macos", isWsl: false };
  if (platform === "win32") return { name: "windows", isWsl: false };
  const isWsl = /microsoft/i.test(read("/proc/sys/kernel/osrelease") ?? "");
  const resolvConf = read("/etc/resolv.conf") ?? "";
  // The file decides what programs ask: a service may run without being used.
  const asksResolved =
    /^\s*nameserver\s+127\.0\.0\.5[34]\b/m.test(resolvConf) && exists("/run/systemd/resolve");
  if (asksResolved) return { name: "systemd-resolved", isWsl };
  if (/NetworkManager/.test(resolvConf) && exists("/etc/NetworkManager")) {
    return { name: "network-manager", isWsl };
  }
  if (exists("/etc/dnsmasq.d") && /^\s*nameserver\s+127\./m.test(resolvConf)) {
    return { name: "dnsmasq", isWsl };
  }
  return { name: "resolv.conf", isWsl };
}
