import { createDns } from "../dns/index.ts";
import type { FurtherHosts } from "../dns/options.ts";
import { parseListenAddress } from "../net/listen-address.ts";
import type { StringMap } from "../objects/object.ts";
import type { Dialer } from "../proxy/dialer.ts";
import type { FrontPage } from "../proxy/front-page.ts";
import { createGateway, type GatewayOptions, gatewayContext } from "../proxy/gateway.ts";
import { listenHttps } from "../proxy/listeners/https-gateway.ts";
import { ListenerDoors, type ListenerPlace } from "../proxy/listeners/listener-doors.ts";
import type { LocalAddressOf } from "../proxy/mapped-dialer.ts";
import { createRelays } from "../proxy/relays/relays.ts";
import { everyRoute } from "../proxy/routes/every-route.ts";
import type { RuleSource } from "../proxy/routes/http-routes.ts";
import { hostAddresses } from "../routes/host-addresses.ts";
import type { RoutingPlan } from "../routes/routing-plan.ts";
import type { Store } from "../store/store.ts";
import type { View } from "../view/view.ts";
import type { Emit } from "./events.ts";
import { frontPage } from "./front-page.ts";
import {
  type Address,
  type ApiAddress,
  type ApiListen,
  type DnsListen,
  type GatewayListen,
  ListenError,
  type Listening,
  type ListenOptions,
} from "./listen.ts";
import { LocalCertificates } from "./local-certificates.ts";
import type { LostAddresses } from "./lost-addresses.ts";
import type { EngineOptions } from "./options.ts";
import type { Origins } from "./origins.ts";
import type { Pods } from "./pods.ts";

/** What doors lead to. */
interface Inside {
  readonly store: Store;
  readonly view: View;
  readonly dialer: Dialer;
  readonly pods: Pods;
  readonly localAddressOf: LocalAddressOf;
  readonly lost: LostAddresses;
  readonly options: EngineOptions;
  readonly plan: RoutingPlan;
  readonly origins: Origins;
  readonly emit: Emit;
}

/** Everything of an engine that listens. */
export class Doors {
  readonly #inside: Inside;
  readonly #open: { close(grace?: number): Promise<void> }[] = [];
  /** Where the last gateway listens. */
  gateway: Address | undefined;
  /** The API that Service default/kubernetes leads to, if that is one of these doors. */
  api: ApiAddress | undefined;
  /** Whether relays listen on mirrored ClusterIPs. */
  services = false;
  readonly certificates: LocalCertificates;
  /** Variables by which programs trust the certificates of these doors. */
  trust: StringMap = {};
  #listeners: ListenerDoors | undefined;

  constructor(inside: Inside) {
    this.#inside = inside;
    const { dataFolder, now = () => new Date() } = inside.options;
    this.certificates = new LocalCertificates(dataFolder, now);
  }

  /** @throws ListenError when an address can't be had; what opened before stays open. */
  async listen(options: ListenOptions): Promise<Listening> {
    const { dns, gateway, https, api } = options;
    await this.#listenRelays(options);
    if (options.routes === true || https !== undefined) {
      this.trust = await this.certificates.trustVariables();
    }
    if (options.routes === true) await this.#listenRoutes();
    return {
      ...(api && { api: await this.#listenApi(api) }),
      ...(dns && { dns: await this.#listenDns(dns) }),
      ...(gateway && { gateway: await this.#listenGateway(gateway) }),
      ...(https && { https: await this.#listenHttps(https) }),
    };
  }

  async #listenRelays(options: ListenOptions): Promise<void> {
    const { services = false, nodePorts = false } = options;
    if (!services && nodePorts === false) return;
    const { view, dialer, lost, emit } = this.#inside;
    const { mirror } = view;
    const relays = createRelays({
      ...options.relays,
      store: view.store,
      balancer: view.balancer,
      dialer,
      services,
      localAddress: (address) => mirror.addressOf(address),
      localAddressOf: this.#inside.localAddressOf,
      nodePortHosts: nodePorts === true ? [mirror.node] : nodePorts === false ? [] : nodePorts,
      ...(view.standpoint.node !== undefined && { node: view.standpoint.node }),
      onTraffic: (event) => emit("traffic", event),
      onListenError: (relay, error) => {
        const { holder } = lost.add(relay, error);
        emit("unreachable", relay, error, holder);
      },
      onRegained: (relay, listening) => {
        lost.delete(relay);
        if (listening) emit("reachable", relay);
      },
      onError: (error) => emit("fault", error),
    });
    this.#open.push(relays);
    await relays.settled();
    this.services ||= services;
  }

  async #listenRoutes(): Promise<void> {
    const { view, dialer, plan, emit } = this.#inside;
    const listeners = new ListenerDoors({
      plan,
      store: view.store,
      balancer: view.balancer,
      dialer,
      localAddress: (address) => view.mirror.addressOf(address),
      certificateFor: (name) => this.certificates.certificateFor(name),
      onTraffic: (event) => emit("traffic", event),
      onListenError: (place, error) => emit("unreachable", place, error),
      onError: (error) => emit("fault", error),
    });
    this.#listeners = listeners;
    this.#open.push(listeners);
    await listeners.settled();
  }

  listeners(): ListenerPlace[] {
    return this.#listeners?.places() ?? [];
  }

  async #listenDns({ listen, routes = false, ...options }: DnsListen): Promise<Address> {
    const { view, plan, emit } = this.#inside;
    const address = parseListenAddress(listen);
    const hosts: FurtherHosts = (name) => hostAddresses(plan.current, view.store, name);
    const dns = createDns({ ...view.dnsOptions, ...(routes && { hosts }), ...options });
    try {
      const { host, port } = await dns.listen({ listen, onError: (error) => emit("fault", error) });
      this.#open.push(dns);
      return { host, port };
    } catch (error) {
      await dns.close();
      throw new ListenError("dns", address, error);
    }
  }

  async #listenGateway({ listen, page = true, ...options }: GatewayListen): Promise<Address> {
    const address = parseListenAddress(listen);
    let bound = address.port;
    const gateway = createGateway({
      ...this.#gatewayOptions(everyRoute(this.#inside.plan, () => bound)),
      ...options,
      page: page === false ? undefined : this.#frontPage(page === true ? () => [] : page.troubles),
    });
    try {
      const listening = await gateway.listen(address);
      this.#open.push(listening);
      this.gateway = { host: listening.host, port: listening.port };
      bound = listening.port;
      return this.gateway;
    } catch (error) {
      throw new ListenError("gateway", address, error);
    }
  }

  #gatewayOptions(routes: RuleSource): GatewayOptions {
    const { view, dialer, emit } = this.#inside;
    return {
      onTraffic: (event) => emit("traffic", event),
      onError: (error) => emit("fault", error),
      routes,
      view,
      store: view.store,
      balancer: view.balancer,
      dialer,
    };
  }

  async #listenHttps({ listen }: Pick<GatewayListen, "listen">): Promise<Address> {
    const address = parseListenAddress(listen);
    let bound = address.port;
    const routes = everyRoute(this.#inside.plan, () => bound, "https");
    try {
      const listening = await listenHttps(
        gatewayContext(this.#gatewayOptions(routes)),
        (name) => this.certificates.certificateFor(name),
        address,
      );
      bound = listening.port;
      this.#open.push(listening);
      return { host: listening.host, port: listening.port };
    } catch (error) {
      throw new ListenError("https", address, error);
    }
  }

  #frontPage(troubles: () => readonly string[]): (port: number) => FrontPage {
    const { view, lost } = this.#inside;
    const shown = { view, lost: () => lost.list(), troubles };
    return (port) => frontPage(shown, port);
  }

  async #listenApi({ listen, token }: ApiListen): Promise<ApiAddress> {
    const { store, view, pods, dialer, origins, emit, options } = this.#inside;
    const address = parseListenAddress(listen);
    // Most engines serve no API, and its modules take a while to load.
    const { openApi } = await import("./api-door.ts");
    try {
      const server = await openApi(
        {
          store,
          mirror: view.mirror,
          pods,
          dialer,
          origins,
          now: options.now ?? (() => new Date()),
          random: options.random ?? Math.random,
          onError: (error) => emit("fault", error),
          ...(token !== undefined && { token }),
        },
        address,
      );
      this.#open.push(server);
      this.api = server.published;
      return server.address;
    } catch (error) {
      throw new ListenError("api", address, error);
    }
  }

  /** @param grace milliseconds that what is in progress may take at most. */
  async close(grace?: number): Promise<void> {
    await Promise.all(this.#open.map((door) => door.close(grace)));
  }
}
