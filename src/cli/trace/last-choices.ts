import type { RunningEngine } from "../../control/client.ts";
import type { TrafficRecord } from "../../control/recent-traffic.ts";
import { recentTraffic } from "../../control/traffic.ts";

/**
 * The last requests of a running engine, oldest first.
 * @param service only those to this Service.
 * @returns undefined when the engine doesn't report them.
 */
export async function lastChoices(
  { socketPath }: RunningEngine,
  service: { readonly namespace: string; readonly name: string } | undefined,
  count: number,
): Promise<readonly TrafficRecord[] | undefined> {
  const all = await recentTraffic(socketPath);
  const own =
    service === undefined
      ? all
      : all?.filter(
          (record) =>
            record.service?.namespace === service.namespace &&
            record.service.service === service.name,
        );
  return own?.slice(-count);
}
