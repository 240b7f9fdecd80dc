import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { parseResolverConfig } from "../dns/resolver-config.ts";
import { NAME_SERVICE_SOCKETS } from "./name-service.ts";

/** Addresses of this machine that other machines may know. */
export function hostIPv4Addresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}

/** The machine's files for its name service; undefined where there are none. */
export function hostFiles() {
  return {
    resolvConf: read("/etc/resolv.conf"),
    hosts: read("/etc/hosts"),
    nsswitch: read("/etc/nsswitch.conf"),
  };
}

/** The name servers that this machine uses. */
export function hostDns(resolvConf: string | undefined): string[] {
  return parseResolverConfig(resolvConf ?? "").nameservers.filter((address) => isIP(address) > 0);
}

/** Caching name service daemons that run on this machine. */
export function nameServiceSockets(): string[] {
  return NAME_SERVICE_SOCKETS.filter((path) => existsSync(path));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
