import { dirname, resolve } from "node:path";
import { apiRoute } from "../../control/api-route.ts";
import { carriagesRoute } from "../../control/carriages.ts";
import { runningEngines } from "../../control/client.ts";
import { joinRoute } from "../../control/join-route.ts";
import { localPlacesRoute } from "../../control/local-places.ts";
import { lostAddressesRoute } from "../../control/lost-addresses.ts";
import { originsRoute } from "../../control/origins.ts";
import { reachRoute } from "../../control/reach-route.ts";
import type { RecentTraffic } from "../../control/recent-traffic.ts";
import { serveControl } from "../../control/server.ts";
import {
  recentTrafficRoute,
  type TrafficSource,
  trafficRoute,
} from "../../control/traffic-route.ts";
import type { Engine } from "../../engine/engine.ts";
import { type ManifestInput, placeOf } from "../../manifests/manifest-input.ts";
import { privateFolder } from "../../runtime/private-folder.ts";
import type { Context } from "../command.ts";
import { formatAddress } from "../listen-address.ts";
import type { SettingsInForce } from "../settings/in-force.ts";
import { packageVersion } from "../version.ts";
import { accessTo } from "./api-access.ts";
import { carriagesOf } from "./carriages.ts";
import { endRoute } from "./end-route.ts";
import { localPlacesOf } from "./local-places.ts";
import type { LocalPodsBoard } from "./local-pods-board.ts";
import { lostPlace } from "./mirror.ts";
import type { Doors } from "./open-doors.ts";
import { restartRoute } from "./restart-route.ts";
import { runRoute } from "./run-route.ts";

/** What other commands learn of this `up`, and what they can do with it. */
export interface ControlSubject {
  readonly settings: SettingsInForce;
  readonly manifests: readonly ManifestInput[];
  readonly bound: Pick<Doors, "dns" | "gateway" | "api">;
  readonly board: LocalPodsBoard;
  readonly recent: RecentTraffic;
  readonly quit: () => void;
}

/** @returns undefined, after a warning, where the socket could not be opened: everything else still works. */
export async function openControl(
  context: Context,
  engine: Engine,
  { settings: { config, values }, manifests, bound, board, recent, quit }: ControlSubject,
) {
  const info = {
    version: packageVersion(),
    pid: process.pid,
    folder: config === undefined ? context.cwd : dirname(config.file),
    manifests: manifests.flatMap((input) => {
      const place = placeOf(input);
      return place === undefined ? [] : [resolve(context.cwd, place)];
    }),
    clusterDomain: values.clusterDomain,
    standpoint: engine.view.standpoint,
    ...(bound.dns && { dns: formatAddress(bound.dns) }),
    ...(bound.gateway && { gateway: formatAddress(bound.gateway) }),
    ...(bound.api && { api: formatAddress(bound.api) }),
  };
  const subject = {
    store: engine.store,
    info: () => info,
    localAddressOf: (address: string, port: number) => engine.localAddressOf(address, port),
  };
  for (const { info: other } of await runningEngines(privateFolder(context.env))) {
    if (other.folder !== info.folder) continue;
    context.stderr.write(
      `warning: an up of this folder runs already (pid ${other.pid}); other kubelane commands see the one that --up names\n`,
    );
  }
  const traffic: TrafficSource = (listener) => {
    engine.on("traffic", listener);
    return () => engine.off("traffic", listener);
  };
  try {
    const routes = [
      runRoute(engine, board),
      reachRoute((place) => engine.reach(place)),
      joinRoute(({ namespace, pod, isPod }) => engine.joinNetwork(namespace, pod, isPod)),
      restartRoute(engine),
      endRoute(quit),
      apiRoute(bound.api && accessTo(bound.api)),
      trafficRoute(traffic),
      recentTrafficRoute(recent),
      originsRoute(() => engine.origins()),
      localPlacesRoute(() => localPlacesOf(engine)),
      carriagesRoute(() => carriagesOf(engine)),
      lostAddressesRoute(() => engine.lostAddresses.map(lostPlace)),
    ];
    return await serveControl(subject, privateFolder(context.env), routes, (error) =>
      context.stderr.write(`error: control socket: ${error.message}\n`),
    );
  } catch (error) {
    const { message } = error as Error;
    context.stderr.write(`warning: other kubelane commands can't see this one: ${message}\n`);
    return undefined;
  }
}
