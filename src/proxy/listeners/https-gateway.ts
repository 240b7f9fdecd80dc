import type { KeyPair } from "../../certificates/authority.ts";
import { ANY_HOST } from "../../routes/host-pattern.ts";
import { RouteTable } from "../../routes/route-table.ts";
import type { PlannedListener } from "../../routes/translate.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { Listening, ListenOptions } from "../listen-tcp.ts";
import { listenTcp } from "../listen-tcp.ts";
import { StreamTargets } from "./stream-target.ts";
import { TlsListener } from "./tls-listener.ts";

const EVERYTHING: PlannedListener = {
  listener: {
    spec: { name: "https", port: 443, protocol: "HTTPS" },
    host: ANY_HOST,
    certificates: [],
    clients: undefined,
    isServed: true,
  },
  http: new RouteTable([]),
  streams: [],
};

/**
 * The gateway over TLS: a certificate is made for each name when a client first asks for it.
 * @throws the system's error (`EADDRINUSE`, `EACCES`…) when the address cannot be had.
 */
export function listenHttps(
  context: GatewayContext,
  certificateFor: (serverName: string) => Promise<KeyPair>,
  options: ListenOptions,
): Promise<Listening> {
  const listener = new TlsListener({
    current: () => [EVERYTHING],
    context,
    contextFor: () => context,
    targets: new StreamTargets(context.balancer),
    certificateFor,
  });
  return listenTcp(listener, options, context.onError);
}
