import type { Client } from "../balancer/choice.ts";
import { isLoopback } from "../net/loopback.ts";
import type { GatewayContext } from "./gateway-context.ts";
import type { ClientSession } from "./session-key.ts";
import type { Connection } from "./transport/connection.ts";

/** The address at the other end. */
export function remoteOf(connection: Connection): string {
  return connection.remote?.address ?? "unknown";
}

/** The client as the balancer knows it, for an address that connects to a gateway. */
export function gatewayClient(
  address: string,
  { policy, strict }: Pick<GatewayContext, "policy" | "strict">,
): Client {
  return { address, fromThisNode: isLoopback(address), strict, ...(policy && { policy }) };
}

/** The same client, with the session that the request belongs to, if any. */
export function inSession(client: Client, session: ClientSession | undefined): Client {
  return session === undefined ? client : { ...client, sessionKey: session.key };
}
