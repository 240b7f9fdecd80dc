import net from "node:net";
import type { Balancer } from "../../balancer/balancer.ts";
import { serviceAddresses } from "../../balancer/service-addresses.ts";
import type { KeyPair } from "../../certificates/authority.ts";
import { type Binder, systemBinder } from "../../net/binder.ts";
import { isLoopback } from "../../net/loopback.ts";
import { unprivilegedPort } from "../../net/unprivileged-port.ts";
import { qualifiedName } from "../../objects/object-key.ts";
import { hasOwnProxy, type Service } from "../../objects/service.ts";
import { INGRESS_SERVICE, serviceNameOf } from "../../routes/gateway-service.ts";
import type { RoutingPlan } from "../../routes/routing-plan.ts";
import type { PlannedListener } from "../../routes/translate.ts";
import type { Change } from "../../store/operation.ts";
import type { ChangeListener } from "../../store/store.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import type { Dialer } from "../dialer.ts";
import { gatewayContext } from "../gateway.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { HttpServing } from "../http-serving.ts";
import { refusal } from "../refusal.ts";
import { tcpRelay } from "../relays/tcp-relay.ts";
import { udpRelay } from "../relays/udp-relay.ts";
import type { Router } from "../router.ts";
import type { ApplicableRules } from "../routes/http-routes.ts";
import type { TrafficEvent } from "../traffic-event.ts";
import { type CurrentListeners, portRules, tlsRules } from "./listener-rules.ts";
import { StreamTargets } from "./stream-target.ts";
import { TlsListener } from "./tls-listener.ts";

/** A listener's address on this machine. */
export interface ListenerPlace {
  /** `shop/gw` of a Gateway; `Ingress` for all Ingresses. */
  readonly owner: string;
  readonly protocol: "HTTP" | "TLS" | "TCP" | "UDP";
  /** The address in the cluster. */
  readonly address: string;
  /** Where it is bound here. */
  readonly host: string;
  /** The port in the cluster. */
  readonly port: number;
  /** The bound port; it differs where the process may not bind the listener's own. */
  readonly bound: number;
}

export interface ListenerDoorsOptions {
  readonly plan: RoutingPlan;
  readonly store: StoreReader & { subscribe(listener: ChangeListener): () => void };
  readonly balancer: Balancer;
  readonly dialer: Dialer;
  readonly binder?: Binder;
  /** Where an address is bound; undefined if it can't be. */
  readonly localAddress: (address: string) => string | undefined;
  /** Makes a certificate for a name that no Secret covers. */
  readonly certificateFor: (serverName: string) => Promise<KeyPair>;
  /** No port could be bound; everything else keeps working. */
  readonly onListenError?: (place: Omit<ListenerPlace, "bound">, error: Error) => void;
  readonly onTraffic?: (event: TrafficEvent) => void;
  readonly onError?: (error: Error) => void;
}

/** A socket for one port of a Gateway at one address. */
interface Door {
  readonly place: Omit<ListenerPlace, "bound">;
  readonly bound: () => number | undefined;
  settled(): Promise<void>;
  refresh?(): void;
  close(grace: number): Promise<void>;
}

/** Listens for all Gateways' listeners and for Ingresses, and follows changes of the plan. */
export class ListenerDoors implements AsyncDisposable {
  readonly #options: ListenerDoorsOptions;
  readonly #doors = new Map<string, Door>();
  readonly #closing = new Set<Promise<void>>();
  readonly #targets: StreamTargets;
  readonly #unsubscribe: () => void;
  #version = -1;

  constructor(options: ListenerDoorsOptions) {
    this.#options = options;
    this.#targets = new StreamTargets(options.balancer);
    this.#unsubscribe = options.store.subscribe((changes) => this.#follow(changes));
    this.#update();
  }

  #follow(changes: readonly Change[]): void {
    if (this.#version !== this.#options.plan.version || changes.some(isOfGateway)) this.#update();
    if (!changes.some(({ kind }) => kind === "EndpointSlice.discovery.k8s.io")) return;
    for (const door of this.#doors.values()) door.refresh?.();
  }

  #update(): void {
    this.#version = this.#options.plan.version;
    const wanted = new Map<string, () => Door>();
    for (const each of this.#wanted()) wanted.set(each.key, each.open);
    for (const [key, door] of this.#doors) {
      if (wanted.has(key)) continue;
      this.#doors.delete(key);
      const closing = door.close(0).finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
    for (const [key, open] of wanted) if (!this.#doors.has(key)) this.#doors.set(key, open());
  }

  *#wanted(): Generator<{ key: string; open: () => Door }> {
    const { plan, store, localAddress } = this.#options;
    const { gateways, ingress } = plan.current;
    const owners = [
      ...gateways.map(({ gateway, listeners }) => ({
        namespace: gateway.metadata.namespace ?? "",
        service: serviceNameOf(gateway),
        owner: qualifiedName(gateway.metadata.namespace, gateway.metadata.name),
        listeners: listeners as readonly PlannedListener[],
        uid: gateway.metadata.uid,
        current: () =>
          plan.current.gateways.find((each) => each.gateway.metadata.uid === gateway.metadata.uid)
            ?.listeners ?? [],
      })),
      {
        namespace: INGRESS_SERVICE.namespace,
        service: INGRESS_SERVICE.name,
        owner: "Ingress",
        listeners: ingress,
        uid: "",
        current: () => plan.current.ingress,
      },
    ];
    for (const { namespace, service: name, owner, listeners, current } of owners) {
      const service = store.get("Service", namespace, name);
      if (service === undefined) continue;
      for (const [id, { port, protocol }] of portsOf(listeners)) {
        for (const { address } of serviceAddresses(service)) {
          const host = localAddress(address);
          if (host === undefined) continue;
          const place = { owner, protocol, address, host, port };
          const own = this.#atPort(current, id);
          yield { key: keyOf(owner, host, id), open: () => this.#open(place, own) };
        }
      }
    }
  }

  /** The listeners of one port; computed once for each plan. */
  #atPort(current: CurrentListeners, id: string): CurrentListeners {
    const { plan } = this.#options;
    let version = -1;
    let found: readonly PlannedListener[] = [];
    return () => {
      if (version !== plan.version) {
        version = plan.version;
        found = current().filter((each) => portId(each) === id);
      }
      return found;
    };
  }

  #open(place: Omit<ListenerPlace, "bound">, current: CurrentListeners): Door {
    switch (place.protocol) {
      case "HTTP": {
        const secure = keyOf(place.owner, place.host, "TLS 443");
        const rules = portRules(current, place.port, () => this.#doors.get(secure)?.bound());
        const serving = new HttpServing(this.#contextFor(rules));
        return this.#listen(place, (server) => serving.accept(server), serving);
      }
      case "TLS": {
        const listener = new TlsListener({
          current,
          context: this.#contextFor(undefined),
          contextFor: (name) => this.#contextFor(tlsRules(current, place.port, name)),
          targets: this.#targets,
          certificateFor: this.#options.certificateFor,
        });
        return this.#listen(place, (server) => listener.accept(server), listener);
      }
      default:
        return this.#relay(place, place.protocol, current);
    }
  }

  #contextFor(routes: ApplicableRules | undefined): GatewayContext {
    const { store, balancer, dialer, onTraffic, onError } = this.#options;
    return gatewayContext(
      {
        store,
        balancer,
        dialer,
        ...(routes && { routes }),
        ...(onTraffic && { onTraffic }),
        ...(onError && { onError }),
      },
      NO_NAMES,
    );
  }

  #listen(
    place: Omit<ListenerPlace, "bound">,
    accept: (server: net.Server) => void,
    serving: { close(grace: number): Promise<void> },
  ): Door {
    const { binder = systemBinder, onListenError, onError = () => {} } = this.#options;
    let server: net.Server | undefined;
    let isClosed = false;
    const attempt = (port: number): Promise<void> =>
      new Promise((resolve) => {
        const opened = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
        accept(opened);
        opened.on("error", (error: NodeJS.ErrnoException) => {
          if (opened.listening) return onError(error);
          const isOwn = port === place.port;
          if (isOwn && error.code === "EACCES" && !isClosed) {
            resolve(attempt(unprivilegedPort(port)));
            return;
          }
          onListenError?.(place, error);
          resolve();
        });
        opened.once("listening", () => {
          if (isClosed) opened.close();
          else server = opened;
          resolve();
        });
        binder.listen(opened, place.host, port);
      });
    const opening = attempt(place.port);
    return {
      place,
      bound: () => (server?.address() as net.AddressInfo | null | undefined)?.port,
      settled: () => opening,
      async close(grace) {
        isClosed = true;
        server?.close();
        await serving.close(grace);
      },
    };
  }

  #relay(
    place: Omit<ListenerPlace, "bound">,
    protocol: "TCP" | "UDP",
    current: CurrentListeners,
  ): Door {
    const { balancer, dialer, binder = systemBinder, onListenError } = this.#options;
    const targets = this.#targets;
    const make = protocol === "TCP" ? tcpRelay : udpRelay;
    const relay = make(
      {
        kind: "LoadBalancer",
        protocol,
        address: place.address,
        host: place.host,
        port: place.port,
        traffic: "external",
        next: () => targets.next(current()[0]?.streams[0]?.rule, protocol),
      },
      {
        balancer,
        dialer,
        binder,
        isFromThisNode: isLoopback,
        connectTimeout: 5_000,
        strict: false,
        idleTime: 0,
        onTraffic: this.#options.onTraffic,
        onListenError: (error) => onListenError?.(place, error),
        onListening() {},
        onError: this.#options.onError ?? (() => {}),
      },
    );
    relay.setOpen(true);
    return {
      place,
      bound: () => (relay.isListening ? place.port : undefined),
      settled: () => relay.settled(),
      refresh: () => relay.refresh?.(),
      close: (grace) => relay.close(grace),
    };
  }

  /** Resolves when everything that should listen does, or was reported as impossible. */
  async settled(): Promise<void> {
    await Promise.all([...this.#doors.values()].map((door) => door.settled()));
  }

  /** What listens now. */
  places(): ListenerPlace[] {
    return [...this.#doors.values()].flatMap(({ place, bound }) => {
      const port = bound();
      return port === undefined ? [] : { ...place, bound: port };
    });
  }

  /** @param grace milliseconds after which connections are cut off. Default: 10,000 */
  async close(grace = 10_000): Promise<void> {
    this.#unsubscribe();
    const doors = [...this.#doors.values()];
    this.#doors.clear();
    await Promise.all([...doors.map((door) => door.close(grace)), ...this.#closing]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const KIND: Readonly<Record<string, ListenerPlace["protocol"]>> = {
  HTTP: "HTTP",
  HTTPS: "TLS",
  TLS: "TLS",
  TCP: "TCP",
  UDP: "UDP",
};

function keyOf(owner: string, host: string, port: string): string {
  return `${owner} ${host} ${port}`;
}

function portId({ listener: { spec } }: PlannedListener): string {
  return `${KIND[spec.protocol]} ${spec.port}`;
}

/** The ports of served listeners, without duplicates. */
function portsOf(listeners: readonly PlannedListener[]) {
  const ports = new Map<string, { port: number; protocol: ListenerPlace["protocol"] }>();
  for (const planned of listeners) {
    const { isServed, spec } = planned.listener;
    const protocol = KIND[spec.protocol];
    if (isServed && protocol !== undefined)
      ports.set(portId(planned), { port: spec.port, protocol });
  }
  return ports;
}

function isOfGateway({ kind, object }: Change): boolean {
  return kind === "Service" && hasOwnProxy(object as Service);
}

/** At a listener's address only routes apply: host names of Services mean nothing there. */
const NO_NAMES: Router = {
  version: 0,
  byHost: ({ host }) => refusal(404, "no-service", `no route is for ${host} here`),
  byPort: ({ host }) => refusal(404, "no-service", `no route is for ${host} here`),
};
