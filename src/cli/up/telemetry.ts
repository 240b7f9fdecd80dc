import type { Engine } from "../../engine/engine.ts";
import { ListenError } from "../../engine/listen.ts";
import { accessLogLine } from "../../proxy/access-log.ts";
import { listenAdmin } from "../../proxy/admin.ts";
import type { Listening } from "../../proxy/listen-tcp.ts";
import { createMetrics } from "../../proxy/metrics.ts";
import { CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import type { ListenAddress } from "../listen-address.ts";
import type { FaultNet } from "./fault-net.ts";
import type { Talk } from "./talk.ts";

export type AccessLog = "off" | "text" | "json";

/** One line on stderr for each request and connection that is over. */
export function logAccess({ stderr }: Context, engine: Engine, format: AccessLog): void {
  if (format === "off") return;
  engine.on("traffic", (event) => stderr.write(`${accessLogLine(event, new Date(), format)}\n`));
}

/** Who knows what went wrong with an `up` as a whole. */
export interface Witnesses {
  readonly talk: Talk;
  readonly faults: FaultNet;
  /** The cluster that is followed, if one is. */
  readonly cluster?: { readonly trouble: string | undefined } | undefined;
}

/** What is wrong with an `up` as a whole. */
export function troublesOf({ talk, faults, cluster }: Witnesses): string[] {
  const { count, last } = faults;
  return [
    ...(count === 0 ? [] : [`faults of kubelane itself: ${count}, the last one ${last}`]),
    ...(cluster?.trouble === undefined ? [] : [cluster.trouble]),
    ...(talk.isLosing ? ["the log can't be written"] : []),
  ];
}

/**
 * Serves `/metrics` and `/healthz`.
 * @throws CommandError (exit 4) when the address can't be had.
 */
export async function serveAdmin(
  engine: Engine,
  address: ListenAddress,
  witnesses: Witnesses,
): Promise<Listening> {
  const { talk, faults } = witnesses;
  const metrics = createMetrics([
    {
      name: "kubelane_faults_total",
      help: "Exceptions that nobody caught: faults of kubelane itself.",
      value: () => faults.count,
    },
    {
      name: "kubelane_lost_log_lines_total",
      help: "Lines of the log that could not be written.",
      value: () => talk.lostLines,
    },
  ]);
  engine.on("traffic", (event) => metrics.observe(event));
  const trouble = () => troublesOf(witnesses);
  const onError = (error: Error) => void talk.write(`error: admin: ${error.message}\n`);
  try {
    return await listenAdmin({ metrics, trouble, onError }, address);
  } catch (cause) {
    const { message } = new ListenError("admin", address, cause);
    throw new CommandError(EXIT.cannotListen, message, "choose another with --admin ADDRESS:PORT", {
      cause,
    });
  }
}
