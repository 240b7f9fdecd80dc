import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { BlockList, isIP } from "node:net";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { SocksProxyAgent } from "socks-proxy-agent";
import type { Credentials } from "./credentials.ts";
import type { ClusterEntry } from "./kubeconfig.ts";

const KEPT = { keepAlive: true, maxFreeSockets: 16 } as const;

/** Connections to an API server: kept, and through the proxy where there is one. */
export function serverAgent({ server, proxyUrl }: ClusterEntry): HttpAgent {
  const proxy = proxyUrl ?? proxyOfEnvironment(server);
  if (proxy === undefined) {
    return server.protocol === "http:" ? new HttpAgent(KEPT) : new HttpsAgent(KEPT);
  }
  // The name is the proxy's to resolve, as in Go: it may not be known here.
  if (proxy.protocol === "socks5:") {
    return new SocksProxyAgent(proxy.href.replace("socks5:", "socks5h:"), KEPT);
  }
  return new HttpsProxyAgent(proxy, KEPT);
}

/**
 * What the connection to the server itself is made with. It goes with each request and not with the agent, whose
 * options the connection to a proxy takes over.
 */
export function serverTls(
  { server, ca, tlsServerName, insecureSkipTlsVerify }: ClusterEntry,
  certificate: Credentials["certificate"],
) {
  const name = tlsServerName ?? server.hostname;
  return {
    ...(ca && { ca }),
    ...certificate,
    rejectUnauthorized: !insecureSkipTlsVerify,
    // An address is never sent as server name (RFC 6066, section 3).
    ...(isIP(name) === 0 && { servername: name }),
    minVersion: "TLSv1.2",
  } as const;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

/** As Go's clients: what is on this machine is never behind a proxy that the environment names. */
function proxyOfEnvironment({ href, hostname }: URL): URL | undefined {
  const host = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const isHere =
    host === "localhost" || (family !== 0 && LOOPBACK.check(host, family === 6 ? "ipv6" : "ipv4"));
  const proxy = isHere ? "" : getProxyForUrl(href);
  return proxy === "" ? undefined : new URL(proxy);
}
