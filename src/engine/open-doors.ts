import { createDns } from "../dns/index.ts";
import type { FurtherHosts } from "../dns/options.ts";
import { parseListenAddress } from "../net/listen-address.ts";
import type { FrontPage } from "../proxy/front-page.ts";
import { createGateway, type GatewayOptions, gatewayContext } from "../proxy/gateway.ts";
import { listenHttps } from "../proxy/listeners/https-gateway.ts";
import { ListenerDoors } from "../proxy/listeners/listener-doors.ts";
import { createRelays, type Relays } from "../proxy/relays/relays.ts";
import { everyRoute } from "../proxy/routes/every-route.ts";
import type { ApplicableRules } from "../proxy/routes/http-routes.ts";
import { hostAddresses } from "../routes/host-addresses.ts";
import { frontPage } from "./front-page.ts";
import type { Inside } from "./inside.ts";
import {
  type Address,
  type DnsListen,
  type GatewayListen,
  ListenError,
  type ListenOptions,
} from "./listen.ts";
import type { LocalCertificates } from "./local-certificates.ts";

/** Something that listens. */
export interface Door {
  /** @param grace milliseconds that requests in progress may take at most. */
  close(grace?: number): Promise<void>;
}

/** A door at one address. */
export interface AddressedDoor extends Door {
  readonly host: string;
  readonly port: number;
}

/** Listens on mirrored ClusterIPs and on node ports, as `services` and `nodePorts` say. */
export function openRelays(inside: Inside, options: ListenOptions): Relays {
  const { services = false, nodePorts = false } = options;
  const { view, dialer, lost, emit } = inside;
  const { mirror } = view;
  return createRelays({
    ...options.relays,
    store: view.store,
    balancer: view.balancer,
    dialer,
    services,
    localAddress: (address) => mirror.addressOf(address),
    localAddressOf: inside.localAddressOf,
    nodePortHosts: nodePorts === true ? [mirror.node] : nodePorts === false ? [] : nodePorts,
    ...(view.standpoint.node !== undefined && { node: view.standpoint.node }),
    onTraffic: (event) => emit("traffic", event),
    onListenError: (relay, error) => {
      const { holder } = lost.add(relay, error);
      emit("unreachable", relay, error, holder);
    },
    onIdleListenError: (relay, error) => lost.addIfTaken(relay, error),
    onRegained: (relay, listening) => {
      lost.delete(relay);
      if (listening) emit("reachable", relay);
    },
    onError: (error) => emit("fault", error),
  });
}

/** Listens at the addresses of Gateways and Ingresses. */
export function openListeners(inside: Inside, certificates: LocalCertificates): ListenerDoors {
  const { view, dialer, plan, emit } = inside;
  return new ListenerDoors({
    plan,
    store: view.store,
    balancer: view.balancer,
    dialer,
    localAddress: (address) => view.mirror.addressOf(address),
    certificateFor: (name) => certificates.certificateFor(name),
    onTraffic: (event) => emit("traffic", event),
    onListenError: (place, error) => emit("unreachable", place, error),
    onError: (error) => emit("fault", error),
  });
}

/** @throws ListenError */
export async function openDns(
  { view, plan, emit }: Inside,
  { listen, routes = false, ...options }: DnsListen,
): Promise<AddressedDoor> {
  const address = parseListenAddress(listen);
  const hosts: FurtherHosts = (name) => hostAddresses(plan.current, view.store, name);
  const dns = createDns({ ...view.dnsOptions, ...(routes && { hosts }), ...options });
  try {
    const { host, port } = await dns.listen({ listen, onError: (error) => emit("fault", error) });
    return { host, port, close: () => dns.close() };
  } catch (error) {
    await dns.close();
    throw new ListenError("dns", address, error);
  }
}

/**
 * @param securePort where the same is answered over TLS, asked for when a redirect leads there
 * @throws ListenError
 */
export async function openGateway(
  inside: Inside,
  { listen, page = true, ...options }: GatewayListen,
  securePort: () => number | undefined,
): Promise<AddressedDoor> {
  const address = parseListenAddress(listen);
  let bound = address.port;
  const gateway = createGateway({
    ...gatewayOptions(
      inside,
      everyRoute(inside.plan, () => bound, "http", securePort),
    ),
    secret: inside.secret,
    ...options,
    page: page === false ? undefined : pageOf(inside, page === true ? () => [] : page.troubles),
  });
  const opened = await orListenError("gateway", address, () => gateway.listen(address));
  bound = opened.port;
  return opened;
}

/** @throws ListenError */
export async function openHttps(
  inside: Inside,
  certificates: LocalCertificates,
  { listen }: Pick<GatewayListen, "listen">,
): Promise<AddressedDoor> {
  const address = parseListenAddress(listen);
  let bound = address.port;
  const routes = everyRoute(inside.plan, () => bound, "https");
  const context = gatewayContext(gatewayOptions(inside, routes));
  const opened = await orListenError("https", address, () =>
    listenHttps(context, (name) => certificates.certificateFor(name), address),
  );
  bound = opened.port;
  return opened;
}

async function orListenError<D>(
  what: "gateway" | "https",
  address: Address,
  listen: () => Promise<D>,
): Promise<D> {
  try {
    return await listen();
  } catch (error) {
    throw new ListenError(what, address, error);
  }
}

function gatewayOptions({ view, dialer, emit }: Inside, routes: ApplicableRules): GatewayOptions {
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

function pageOf(
  { view, lost }: Inside,
  troubles: () => readonly string[],
): (port: number) => FrontPage {
  const shown = { view, lost: () => lost.list(), troubles };
  return (port) => frontPage(shown, port);
}
