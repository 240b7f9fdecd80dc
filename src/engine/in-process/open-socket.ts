import { isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from "node:net";
import type { LocalAddress } from "../../proxy/local-address.ts";
import { wayTo } from "../../proxy/reach.ts";
import type { ChosenEndpoint } from "./choice.ts";
import { connectError, type Failure } from "./connect-error.ts";
import type { Destination } from "./destination.ts";
import { ServiceConnection } from "./service-connection.ts";
import type { ServiceView } from "./service-view.ts";

/** A key in connection options: the endpoint that was chosen for it already. */
export const CHOICE: unique symbol = Symbol("kubelane.choice");

/** The target of a program's connection. */
export type ConnectOptions = Partial<TcpNetConnectOpts> & { readonly [CHOICE]?: ChosenEndpoint };

/**
 * Connects a socket to the endpoint of a Service instead of the host in its options.
 * @param connect like `net.Socket.prototype.connect`; called again, without a callback, for each further endpoint
 * that is tried.
 */
export function openSocket<S extends Socket>(
  view: ServiceView,
  destination: Destination,
  options: ConnectOptions,
  connect: (options: TcpNetConnectOpts, first: boolean) => S,
): S {
  const to = (place: LocalAddress) =>
    ({ ...options, ...wayTo(place, view.reach), autoSelectFamily: false }) as TcpNetConnectOpts;
  switch (destination.kind) {
    case "failure":
      return connect(failing(options, destination), true);
    case "alias":
      return connect({ ...options, host: destination.host } as TcpNetConnectOpts, true);
    case "pod":
      return named(connect(to(destination.local), true), options);
    case "service": {
      const connection = new ServiceConnection(view, destination.route, options[CHOICE]?.picked);
      const place = connection.next();
      if ("kind" in place) return connect(failing(options, place), true);
      const socket = connect(to(place), true);
      connection.follow(socket, (next) => void connect(to(next), false));
      return named(socket, options);
    }
  }
}

/** The error is raised inside Node's look-up, so that its events come in Node's own order. */
function failing(options: ConnectOptions, reason: Failure): TcpNetConnectOpts {
  const { host = "", port = 0 } = options;
  const error = connectError(reason, host, Number(port));
  const lookup: LookupFunction = (_name, _options, callback) => callback(error, "", 0);
  return { ...options, port, host: "service.invalid", lookup } as TcpNetConnectOpts;
}

/** When TLS is added to the connection later, the name to verify is taken from here. */
function named<S extends Socket>(socket: S, { host }: ConnectOptions): S {
  if (host !== undefined && isIP(host) === 0) {
    (socket as Socket & { _host?: string })._host = host;
  }
  return socket;
}
