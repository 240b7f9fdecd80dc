import type { RecentTraffic } from "../../control/recent-traffic.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ApiAddress } from "../../engine/listen.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { SettingValues } from "../../manifests/settings/table.ts";
import type { Listening } from "../../proxy/listen-tcp.ts";
import type { Context } from "../command.ts";
import type { ListenAddress } from "../listen-address.ts";
import type { SettingsInForce } from "../settings/in-force.ts";
import { accessTo } from "./api-access.ts";
import { listenApiOn, listenHttpsOn, listenOn } from "./listen-on.ts";
import type { ListenSettings } from "./listen-settings.ts";
import { type OpenPage, openPage } from "./open-page.ts";
import { logAccess, serveAdmin, type Witnesses } from "./telemetry.ts";

/** Where an `up` listens; what is off is undefined. */
export interface Doors {
  readonly dns: ListenAddress | undefined;
  readonly gateway: ListenAddress | undefined;
  readonly https: ListenAddress | undefined;
  readonly api: ApiAddress | undefined;
  readonly admin: Listening | undefined;
  readonly page: OpenPage | undefined;
}

export interface DoorsOptions {
  readonly settings: SettingsInForce;
  readonly manifests: readonly ManifestInput[];
  readonly listens: ListenSettings;
  /** Whether this `up` has a loopback mirror: without one DNS answers with addresses of the cluster. */
  readonly hasMirror: boolean;
  readonly relays: boolean;
  readonly recent: RecentTraffic;
  readonly witnesses: Witnesses;
  /** What the pages show as wrong. */
  readonly troubles: () => string[];
}

/**
 * Opens everything that settings ask for, one after the other.
 * @throws CommandError (exit 4) when an address that was asked for can't be had.
 */
export async function openDoors(
  context: Context,
  engine: Engine,
  options: DoorsOptions,
): Promise<Doors> {
  const { listens, settings, hasMirror, witnesses } = options;
  const { values } = settings;
  const { stderr } = context;
  const { strict } = values;
  const dns =
    listens.dns &&
    (await listenOn(engine, "dns", listens.dns, stderr, {
      dns: { ...dnsAnswers(values), view: hasMirror ? "local" : "cluster" },
    }));
  const hasPage = listens.gateway !== undefined && values["gateway.page"];
  let api: ApiAddress | undefined;
  const ofPage = { ...options, api: () => api && accessTo(api) };
  const page = hasPage ? await openPage(context, engine, ofPage) : undefined;
  const gateway =
    listens.gateway &&
    (await listenOn(engine, "gateway", listens.gateway, stderr, {
      gateway: {
        strict,
        subdomains: values["gateway.subdomains"],
        page: hasPage && { troubles: options.troubles },
        ...(page && { browserPage: page.listener }),
      },
    }));
  const https =
    listens.gateway && listens.https && (await listenHttpsOn(engine, listens.https, stderr));
  api = listens.api && (await listenApiOn(engine, listens.api, stderr));
  if (options.relays) {
    await engine.listen({ services: true, nodePorts: true, routes: true, relays: { strict } });
  }
  logAccess(context, engine, values.accessLog);
  const admin = listens.admin && (await serveAdmin(engine, listens.admin, witnesses));
  return { dns, gateway, https, api, admin, page };
}

const REVERSE_ZONES = ["in-addr.arpa", "ip6.arpa"];

function dnsAnswers(values: SettingValues) {
  const upstream = values["dns.upstream"];
  return {
    ttl: values["dns.ttl"],
    cache: values["dns.cache"],
    routes: values["dns.routes"],
    upstream,
    // As in kubeadm's Corefile: the upstream knows the names of addresses that are not the cluster's.
    fallthrough: upstream.length > 0 ? REVERSE_ZONES : [],
  };
}
