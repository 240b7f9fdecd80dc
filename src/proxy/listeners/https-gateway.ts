import net from "node:net";
import { ANY_HOST } from "../../routes/host-pattern.ts";
import { RouteTable } from "../../routes/route-table.ts";
import type { PlannedListener } from "../../routes/translate.ts";
import { type Listening, type ListenOptions, listening } from "../gateway.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { StreamTargets } from "./stream-target.ts";
import { type KeyPair, TlsListener } from "./tls-listener.ts";

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
 * What a gateway answers, over TLS: a certificate for each name is made when a client first asks for it.
 * @throws the system's error (`EADDRINUSE`, `EACCES`…) when the address cannot be had.
 */
export async function listenHttps(
  context: GatewayContext,
  certificateFor: (serverName: string) => Promise<KeyPair>,
  { host = "127.0.0.1", port }: ListenOptions,
): Promise<Listening> {
  const listener = new TlsListener({
    current: () => [EVERYTHING],
    port,
    contextFor: () => context,
    targets: new StreamTargets(context.balancer),
    certificateFor,
  });
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  listener.accept(server);
  await listening(server, host, port);
  server.on("error", context.onError);
  const bound = server.address() as net.AddressInfo;
  let closing: Promise<void> | undefined;
  const close = (grace = 10_000): Promise<void> => {
    server.close();
    closing ??= listener.close(grace);
    return closing;
  };
  return { host: bound.address, port: bound.port, close, [Symbol.asyncDispose]: () => close() };
}
