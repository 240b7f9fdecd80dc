import type { Client } from "../balancer/choice.ts";
import { isLoopback } from "../net/loopback.ts";
import type { GatewayContext } from "./gateway-context.ts";
import type { ClientSession } from "./session-key.ts";
import type { Connection } from "./transport/connection.ts";

/** The address at the other end. */
export function remoteOf(connection: Connection): string {
  return connection.remote?.address ?? "unknown";
}

/** The client, as the balancer knows it, when this address asks a gateway. */
export function gatewayClient(
  address: string,
  { policy, strict }: Pick<GatewayContext, "policy" | "strict">,
): Client {
  return { address, fromThisNode: isLoopback(address), strict, ...(policy && { policy }) };
}

/** The same client with a request that belongs to a session, or to none. */
export function inSession(client: Client, session: ClientSession | undefined): Client {
  return session === undefined ? client : { ...client, sessionKey: session.key };
}
