import type { Socket } from "node:net";
import type { Backend } from "../../balancer/backend.ts";
import type { Balancer } from "../../balancer/balancer.ts";
import type { Picked } from "../../balancer/choice.ts";
import type { LocalAddress } from "../../proxy/local-address.ts";
import type { LocalAddressOf } from "../../proxy/mapped-dialer.ts";
import type { Route } from "../../proxy/router.ts";
import { describePlace } from "../../proxy/upstream.ts";
import { type Failure, ServiceUnreachable } from "./connect-error.ts";
import { choose, isUsable } from "./destination.ts";
import { renewHandle } from "./renew-handle.ts";

/** Chooses and reaches endpoints. */
export interface EndpointSource {
  readonly balancer: Balancer;
  readonly localAddressOf: LocalAddressOf;
}

/** Endpoints that are tried for one connection. */
const MAX_ENDPOINTS = 5;

/**
 * Connects a socket that a program has made to a Service port. An endpoint that refuses is replaced by another one on
 * the same socket, so that the program sees only the final result.
 */
export class ServiceConnection {
  readonly #source: EndpointSource;
  readonly #route: Route;
  readonly #tried = new Set<Backend>();
  #picked: Picked | undefined;
  #places: LocalAddress[] = [];
  /** The error of the endpoint's first address: the other addresses are guesses. */
  #error: Error | undefined;

  /** @param preferred an endpoint that was chosen for this connection earlier. */
  constructor(source: EndpointSource, route: Route, preferred?: Picked) {
    this.#source = source;
    this.#route = route;
    if (preferred !== undefined && isUsable(route.port, preferred)) this.#take(preferred);
  }

  /** The address to connect to first, or next. */
  next(): LocalAddress | Failure {
    const place = this.#places.shift();
    if (place !== undefined) return place;
    const { balancer } = this.#source;
    let picked = choose(balancer, this.#route, { exclude: this.#tried });
    if ("kind" in picked && this.#tried.size > 0) {
      // Endpoints that failed earlier were left out; one of them may be back.
      picked = choose(balancer, this.#route, { exclude: this.#tried, strict: true });
    }
    if ("kind" in picked) return picked;
    this.#take(picked);
    return this.#places.shift() as LocalAddress;
  }

  #take(picked: Picked): void {
    this.#picked = picked;
    this.#tried.add(picked.backend);
    this.#error = undefined;
    const { address: host, port } = picked;
    this.#places = placesOf(this.#source.localAddressOf(host, port) ?? { host, port });
  }

  /**
   * Watches a socket that is connecting to what {@link next} returned.
   * @param reconnect connects it again, to another address.
   */
  follow(socket: Socket, reconnect: (place: LocalAddress) => void): void {
    const { balancer } = this.#source;
    const stop = () => {
      // Not deleted: V8 handles objects that lose a property more slowly.
      socket.destroy = Object.getPrototypeOf(socket).destroy;
      socket.off("connect", connected);
    };
    const connected = () => {
      stop();
      const { backend } = this.#picked as Picked;
      balancer.connected(backend);
      balancer.started(backend);
      socket.once("close", () => balancer.finished(backend));
    };
    // Node destroys a socket that fails to connect; this is the only moment in which it can be kept.
    socket.destroy = (error?: Error): Socket => {
      const refused = (error as NodeJS.ErrnoException | undefined)?.syscall === "connect";
      const last = refused ? this.#failed(error as Error) : error;
      const place = refused ? this.#after() : undefined;
      if (place !== undefined && renewHandle(socket)) {
        reconnect(place);
        return socket;
      }
      stop();
      return socket.destroy(last);
    };
    socket.prependOnceListener("connect", connected);
  }

  #failed(error: Error): Error {
    if (this.#error === undefined) {
      this.#error = error;
      explain(error, this.#picked as Picked, this.#tried.size);
    }
    return this.#error;
  }

  #after(): LocalAddress | undefined {
    const other = this.#places.shift();
    if (other !== undefined) return other;
    this.#source.balancer.connectFailed(this.#route.port, (this.#picked as Picked).backend);
    if (this.#tried.size >= MAX_ENDPOINTS) return undefined;
    const next = this.next();
    return "kind" in next ? undefined : next;
  }
}

/** Some development servers listen on one loopback address only, some on the other (P.10). */
function placesOf(place: LocalAddress): LocalAddress[] {
  const at = (host: string) => ({ host, port: place.port });
  switch (place.host) {
    case "::1":
      return [at("::1"), at("127.0.0.1")];
    case "127.0.0.1":
    case "localhost":
      return [at("127.0.0.1"), at("::1")];
    default:
      return [place];
  }
}

/** Adds the pod to the system's error, which otherwise stays as programs know it. */
function explain(error: Error, picked: Picked, tried: number): void {
  const last = `cannot connect to ${describePlace(picked)}: ${error.message}`;
  const reason = tried === 1 ? last : `${tried} endpoints were tried; of the last: ${last}`;
  Object.defineProperty(error, "cause", {
    value: new ServiceUnreachable(reason),
    writable: true,
    configurable: true,
  });
}
