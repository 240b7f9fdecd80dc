import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import type { TrafficEvent } from "../proxy/traffic-event.ts";
import type { TrafficRecord } from "./recent-traffic.ts";
import { answerIfKnown, askEngine } from "./request.ts";

export const TRAFFIC_PATH = "/v1/traffic";
export const RECENT_TRAFFIC_PATH = "/v1/traffic/recent";

/**
 * The last traffic of a running engine's gateway and relays, oldest first; undefined when the engine doesn't offer
 * it.
 */
export async function recentTraffic(
  socketPath: string,
): Promise<readonly TrafficRecord[] | undefined> {
  return (await answerIfKnown(socketPath, RECENT_TRAFFIC_PATH)) as
    | readonly TrafficRecord[]
    | undefined;
}

/**
 * The traffic of a running engine's gateway and relays from now on.
 * @returns undefined when the engine doesn't offer it; else the events.
 */
export async function followTraffic(
  socketPath: string,
  signal: AbortSignal,
): Promise<AsyncIterable<TrafficEvent> | undefined> {
  const response = await askEngine(socketPath, TRAFFIC_PATH, { signal });
  if (response.statusCode !== 200) {
    response.resume();
    return undefined;
  }
  return events(response);
}

async function* events(response: IncomingMessage): AsyncGenerator<TrafficEvent> {
  try {
    for await (const line of createInterface({ input: response })) yield JSON.parse(line);
  } finally {
    response.destroy();
  }
}
