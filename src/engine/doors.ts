import { parseListenAddress } from "../net/listen-address.ts";
import type { StringMap } from "../objects/object.ts";
import type { ListenerDoors, ListenerPlace } from "../proxy/listeners/listener-doors.ts";
import type { Inside } from "./inside.ts";
import {
  type Address,
  type ApiAddress,
  type ApiListen,
  ListenError,
  type Listening,
  type ListenOptions,
} from "./listen.ts";
import { LocalCertificates } from "./local-certificates.ts";
import type { AddressedDoor, Door } from "./open-doors.ts";

/**
 * Everything of an engine that listens. Many engines only answer questions, so modules for serving are loaded when
 * something is opened.
 */
export class Doors {
  readonly #inside: Inside;
  readonly #open: Door[] = [];
  /** The address of the gateway that was opened last. */
  gateway: Address | undefined;
  /** The same for the gateway with TLS. */
  #https: Address | undefined;
  /** The API that Service default/kubernetes leads to, if it is served here. */
  api: ApiAddress | undefined;
  /** Whether relays listen on mirrored ClusterIPs. */
  services = false;
  readonly certificates: LocalCertificates;
  /** Variables that make programs trust the certificates of these servers. */
  trust: StringMap = {};
  #listeners: ListenerDoors | undefined;

  constructor(inside: Inside) {
    this.#inside = inside;
    const { dataFolder, now = () => new Date() } = inside.options;
    this.certificates = new LocalCertificates(dataFolder, now);
  }

  /** @throws ListenError when an address can't be bound; what was opened before stays open. */
  async listen(options: ListenOptions): Promise<Listening> {
    const { openDns, openGateway, openHttps, openListeners, openRelays } = await import(
      "./open-doors.ts"
    );
    const { services = false, nodePorts = false, routes = false } = options;
    const { dns, gateway, https, api } = options;
    const inside = this.#inside;
    if (services || nodePorts !== false) {
      const relays = openRelays(inside, options);
      this.#open.push(relays);
      await relays.settled();
      this.services ||= services;
    }
    if (routes || https !== undefined) this.trust = await this.certificates.trustVariables();
    if (routes) {
      this.#listeners = openListeners(inside, this.certificates);
      this.#open.push(this.#listeners);
      await this.#listeners.settled();
    }
    return {
      ...(api && { api: await this.#listenApi(api) }),
      ...(dns && { dns: this.#kept(await openDns(inside, dns)) }),
      ...(gateway && {
        gateway: this.#opened(await openGateway(inside, gateway, this.#securePort)),
      }),
      ...(https && { https: this.#secured(await openHttps(inside, this.certificates, https)) }),
    };
  }

  readonly #securePort = (): number | undefined => this.#https?.port;

  #secured(gateway: AddressedDoor): Address {
    this.#https = this.#kept(gateway);
    return this.#https;
  }

  #opened(gateway: AddressedDoor): Address {
    this.gateway = this.#kept(gateway);
    return this.gateway;
  }

  #kept(door: AddressedDoor): Address {
    this.#open.push(door);
    return { host: door.host, port: door.port };
  }

  listeners(): ListenerPlace[] {
    return this.#listeners?.places() ?? [];
  }

  async #listenApi({ listen, token }: ApiListen): Promise<ApiAddress> {
    const { store, view, pods, dialer, origins, emit, options } = this.#inside;
    const address = parseListenAddress(listen);
    // Loaded on demand: most engines serve no API, and its modules take a while to load.
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

  /** @param grace milliseconds that requests in progress may take at most. */
  async close(grace?: number): Promise<void> {
    await Promise.all(this.#open.map((door) => door.close(grace)));
  }
}
