import type { TrafficEvent } from "../proxy/traffic-event.ts";
import type { RecentTraffic } from "./recent-traffic.ts";
import { type ControlRoute, dataRoute } from "./route.ts";
import { RECENT_TRAFFIC_PATH, TRAFFIC_PATH } from "./traffic.ts";

/** Subscribes to traffic: `(listener) => { engine.on("traffic", listener); … }`. */
export type TrafficSource = (listener: (event: TrafficEvent) => void) => () => void;

/** Bytes that a client may lag behind before it is cut off. */
const MAX_BEHIND = 4 * 1024 * 1024;

/** Sends a line for every request, tunnel and connection that is over, until the client closes. */
export function trafficRoute(source: TrafficSource): ControlRoute {
  return {
    method: "GET",
    path: TRAFFIC_PATH,
    handle(_subject, _request, response) {
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      response.flushHeaders();
      const unsubscribe = source((event) => {
        response.write(`${JSON.stringify(event)}\n`);
        if (response.writableLength > MAX_BEHIND) response.destroy();
      });
      response.on("close", unsubscribe);
    },
  };
}

/** The last requests, tunnels and connections of each Service. */
export function recentTrafficRoute(recent: Pick<RecentTraffic, "all">): ControlRoute {
  return dataRoute(RECENT_TRAFFIC_PATH, () => recent.all());
}
