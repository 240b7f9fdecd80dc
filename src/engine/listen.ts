import type { DnsOptions } from "../dns/options.ts";
import { hostPort } from "../net/host-port.ts";
import type { ListenAddress } from "../net/listen-address.ts";
import { describeHolder, type PortHolder, portHolder } from "../net/port-holder.ts";
import type { GatewayOptions } from "../proxy/gateway.ts";
import type { RelaysOptions } from "../proxy/relays/relays.ts";

/** Where something listens. */
export type Address = ListenAddress;

/** Where DNS listens, and how it answers. */
export interface DnsListen extends Partial<Omit<DnsOptions, "store">> {
  /** `127.0.0.1:10053`; port 0 for any free one. UDP and TCP. */
  readonly listen: string;
  /** Whether it answers the hosts of routes, by the addresses of their Gateways and of Ingresses. Default: no. */
  readonly routes?: boolean;
}

/** What else is wrong, in sentences, for the page. */
export interface PageTroubles {
  /** Asked each time the page is made. */
  readonly troubles: () => readonly string[];
}

/** The gateway's address and options. */
export interface GatewayListen
  extends Partial<Omit<GatewayOptions, "store" | "balancer" | "dialer" | "page">> {
  /**
   * Whether `localhost` and loopback addresses show a page of the Services and of what is wrong; `troubles` adds to
   * that. Without it, routes for any host answer there. Default: true.
   */
  readonly page?: boolean | PageTroubles;
  /** `127.0.0.1:8080`; port 0 for any free one. */
  readonly listen: string;
}

/** Where and how the Kubernetes API is served. */
export interface ApiListen {
  /** `127.0.0.1:10443`; port 0 for any free one. */
  readonly listen: string;
  /** The token by which a client may do everything. Default: a random one. */
  readonly token?: string;
}

/** Where the Kubernetes API is served, and what a client needs for it. */
export interface ApiAddress extends Address {
  readonly token: string;
  /** The certificate of the authority to trust, in PEM. */
  readonly ca: string;
}

/** What to open; what is absent stays closed. */
export interface ListenOptions {
  /** The Kubernetes API, over TLS. */
  readonly api?: ApiListen;
  readonly dns?: DnsListen;
  readonly gateway?: GatewayListen;
  /** A relay for every port of every ClusterIP, on the mirrored address. */
  readonly services?: boolean;
  /** A relay for every NodePort, on 127.0.0.1 or these hosts. */
  readonly nodePorts?: boolean | readonly string[];
  /** The gateway over TLS, with certificates of a local authority; see {@link EngineOptions.dataFolder}. */
  readonly https?: Pick<GatewayListen, "listen">;
  /** The listeners of Gateways, and Ingresses at 80 and 443, on the mirrors of their addresses. */
  readonly routes?: boolean;
  readonly relays?: Pick<RelaysOptions, "connectTimeout" | "strict" | "idleTime">;
}

/** The bound addresses. */
export interface Listening {
  readonly dns?: Address;
  readonly gateway?: Address;
  readonly api?: ApiAddress;
  readonly https?: Address;
}

/** An address that was asked for can't be bound. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code = "cannot-listen";
  readonly what: "dns" | "gateway" | "https" | "admin" | "api";
  readonly address: Address;
  /** The system's code: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
  readonly reason: string;
  /** The program that holds it, where this machine tells. */
  readonly holder: PortHolder | undefined;

  constructor(
    what: "dns" | "gateway" | "https" | "admin" | "api",
    address: Address,
    cause: unknown,
  ) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "";
    const holder = reason === "EADDRINUSE" ? portHolder(address.host, address.port) : undefined;
    const why =
      holder === undefined
        ? (WHY[reason] ?? (cause as Error).message)
        : `${describeHolder(holder)} listens there`;
    super(`cannot listen on ${hostPort(address.host, address.port)} for ${what}: ${why}`, {
      cause,
    });
    this.what = what;
    this.address = address;
    this.reason = reason;
    this.holder = holder;
  }
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there",
  EACCES: "ports below 1024 need a privilege",
  EADDRNOTAVAIL: "this machine has no such address",
};
