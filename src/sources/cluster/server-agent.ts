import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { BlockList, isIP } from "node:net";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { SocksProxyAgent } from "socks-proxy-agent";
import type { Credentials } from "./credentials.ts";
import type { ClusterEntry } from "./kubeconfig.ts";

const KEPT = { keepAlive: true, maxFreeSockets: 16 } as const;

/** Keep-alive connections to an API server, through the proxy where there is one. */
export function serverAgent({ server, proxyUrl }: ClusterEntry): HttpAgent {
  const proxy = proxyUrl ?? proxyOfEnvironment(server);
  if (proxy === undefined) {
    return server.protocol === "http:" ? new HttpAgent(KEPT) : new HttpsAgent(KEPT);
  }
  // The proxy resolves the name, as with Go's clients: it may be unknown on this machine.
  if (proxy.protocol === "socks5:") {
    return new SocksProxyAgent(proxy.href.replace("socks5:", "socks5h:"), KEPT);
  }
  return new HttpsProxyAgent(proxy, KEPT);
}

/**
 * TLS options of the connection to the server. They are passed with each request, as the agent's own options also
 * apply to the connection to a proxy.
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

/** As with Go's clients: servers on this machine are never reached through a proxy of the environment. */
function proxyOfEnvironment({ href, hostname }: URL): URL | undefined {
  const host = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const isHere =
    host === "localhost" || (family !== 0 && LOOPBACK.check(host, family === 6 ? "ipv6" : "ipv4"));
  const proxy = isHere ? "" : getProxyForUrl(href);
  return proxy === "" ? undefined : new URL(proxy);
}
