import type { RunningEngine } from "../../control/client.ts";
import type { TrafficRecord } from "../../control/recent-traffic.ts";
import { recentTraffic } from "../../control/traffic.ts";

/**
 * What a running engine did last, oldest first.
 * @param service only what went to it.
 * @returns undefined when that engine doesn't tell.
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
