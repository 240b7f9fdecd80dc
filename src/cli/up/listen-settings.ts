import type { SettingKey, SettingValues } from "../../manifests/settings/table.ts";
import { LoopbackMirror } from "../../net/loopback-mirror.ts";
import type { ChosenCluster } from "../cluster/choose-cluster.ts";
import type { ListenAddress } from "../listen-address.ts";
import type { SettingsInForce } from "../settings/in-force.ts";

/** One that was asked for must be had; another may move to the next free port. */
export type RequestedAddress = ListenAddress & { readonly asked: boolean };

/** Where an `up` listens, as settings say; undefined: not at all. */
export interface ListenSettings {
  readonly dns: RequestedAddress | undefined;
  readonly gateway: RequestedAddress | undefined;
  readonly https: RequestedAddress | undefined;
  readonly api: RequestedAddress | undefined;
  readonly admin: RequestedAddress | undefined;
}

export function listenSettings(
  settings: SettingsInForce,
  cluster: ChosenCluster | undefined,
): ListenSettings {
  return {
    dns: requested(settings, "dns.listen"),
    gateway: requested(settings, "gateway.listen"),
    https: requested(settings, "gateway.https"),
    // What is written there would never reach a cluster.
    api: cluster === undefined ? requested(settings, "api.listen") : undefined,
    admin: requested(settings, "admin.listen"),
  };
}

type ListenKey = Extract<SettingKey, `${string}.listen` | "gateway.https">;

function requested({ values, originOf }: SettingsInForce, key: ListenKey) {
  const address = values[key];
  return address === "off" ? undefined : { ...address, asked: originOf(key).type !== "default" };
}

/** The mirror that was asked for; undefined: the first that nobody has. */
export function mirrorOf({ mirror }: SettingValues): LoopbackMirror | undefined {
  return mirror === "auto" ? undefined : LoopbackMirror.numbered(mirror);
}
