import type { IncomingMessage } from "node:http";
import type { Client } from "../../balancer/choice.ts";
import { gatewayClient, inSession } from "../gateway-client.ts";
import type { Route } from "../router.ts";
import { sessionOf } from "../session-key.ts";
import type { CompatEngine } from "./compat-engine.ts";
import { headerText } from "./message-refusal.ts";

/** Who the balancer chooses for; notes the cookie that the answer is to set. */
export function clientOf(
  engine: CompatEngine,
  req: IncomingMessage,
  { session: rule }: Route,
  address: string,
): Client {
  const client = gatewayClient(address, engine.context);
  if (rule === undefined) return client;
  const session = sessionOf(rule, (name) => {
    const value = headerText(req.headers[name]);
    return value === undefined ? [] : [value];
  });
  if (session?.setCookie !== undefined) engine.setCookies.set(req, session.setCookie);
  return inSession(client, session);
}
