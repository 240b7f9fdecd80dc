import type { Engine } from "../../engine/engine.ts";
import { ListenError } from "../../engine/listen.ts";
import { accessLogLine } from "../../proxy/access-log.ts";
import { listenAdmin } from "../../proxy/admin.ts";
import type { Listening } from "../../proxy/gateway.ts";
import { createMetrics } from "../../proxy/metrics.ts";
import { CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import type { ListenAddress } from "../listen-address.ts";

export type AccessLog = "off" | "text" | "json";

/** One line on stderr for each request and connection that is over. */
export function logAccess({ stderr }: Context, engine: Engine, format: AccessLog): void {
  if (format === "off") return;
  engine.on("traffic", (event) => stderr.write(`${accessLogLine(event, new Date(), format)}\n`));
}

/**
 * Serves `/metrics` and `/healthz`.
 * @throws CommandError (exit 4) when the address can't be had.
 */
export async function serveAdmin(engine: Engine, address: ListenAddress): Promise<Listening> {
  const metrics = createMetrics();
  engine.on("traffic", (event) => metrics.observe(event));
  try {
    return await listenAdmin({ metrics }, address);
  } catch (cause) {
    const { message } = new ListenError("admin", address, cause);
    throw new CommandError(EXIT.cannotListen, message, "choose another with --admin ADDRESS:PORT", {
      cause,
    });
  }
}
