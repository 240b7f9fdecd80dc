import net, { isIP } from "node:net";
import type { Dialer, DialOptions } from "./dialer.ts";
import { type Connected, connectHandle } from "./transport/connect.ts";
import type { Connection } from "./transport/connection.ts";
import type { Handles } from "./transport/handles.ts";

/** Dials the endpoint's own address. */
export const directDialer: Dialer = {
  dial: ({ address, port }, options) => dialAddress(address, port, options),
  streamAddress: ({ address, port }) => ({ host: address, port }),
  datagramAddress: ({ address, port }) => ({ host: address, port }),
};

/**
 * Connects to an address. Where one of the two loopback addresses refuses, the other is tried: some development
 * servers listen on `::1` only, others on 127.0.0.1 only (P.10). The one that was asked for goes first.
 */
export function dialAddress(host: string, port: number, options: DialOptions = {}): net.Socket {
  const [named, other] = addressesFor(host, port, options.redials);
  if (other === undefined) return connect({ host: named, port }, options);
  const addresses = [named, other].map((address) => ({ address, family: isIP(address) }));
  const lookup: net.LookupFunction = (_host, _options, callback) => {
    (callback as (error: null, found: typeof addresses) => void)(null, addresses);
  };
  const socket = connect({ host: "localhost", port, autoSelectFamily: true, lookup }, options);
  socket.once("connect", () => {
    if (socket.remoteAddress === named) ANSWERED.get(named)?.add(port);
  });
  return socket;
}

/**
 * The same without a Node stream.
 * @returns a function that cancels it; undefined for a host name, which has to be looked up first.
 */
export function connectAddress(
  handles: Handles,
  to: { readonly host: string; readonly port: number },
  redials: boolean,
  callback: Connected<Connection>,
): (() => void) | undefined {
  const { host, port } = to;
  const [named, other] = addressesFor(host, port, redials);
  if (!ANSWERED.has(named) && isIP(named) === 0) return undefined;
  if (other === undefined) return connectHandle(handles, { address: named, port }, callback);
  let giveUp = connectHandle(handles, { address: named, port }, (result) => {
    if (result instanceof Error) {
      giveUp = connectHandle(handles, { address: other, port }, (second) =>
        // The error names the address that the caller asked for.
        callback(second instanceof Error ? result : second),
      );
      return;
    }
    ANSWERED.get(named)?.add(port);
    callback(result);
  });
  return () => giveUp();
}

/** Trying both addresses takes longer than trying one, so it is done only until the first has answered. */
function addressesFor(
  host: string,
  port: number,
  redials = false,
): readonly [string] | readonly [string, string] {
  const named = host === "localhost" ? IPV4_LOOPBACK : host;
  const answered = ANSWERED.get(named);
  if (answered === undefined || (redials && answered.has(port))) return [named];
  return [named, named === IPV4_LOOPBACK ? IPV6_LOOPBACK : IPV4_LOOPBACK];
}

/**
 * Whether an address refused that used to answer. Its server may have restarted on the other loopback address;
 * dialing again finds out.
 */
export function mayHaveMoved(error: Error & { address?: string; port?: number }): boolean {
  const { address = "", port = 0 } = error;
  return ANSWERED.get(address)?.delete(port) ?? false;
}

function connect(to: net.TcpNetConnectOpts, options: DialOptions): net.Socket {
  return net.connect({ ...to, noDelay: true, allowHalfOpen: options.allowHalfOpen ?? false });
}

const IPV4_LOOPBACK = "127.0.0.1";
const IPV6_LOOPBACK = "::1";
/** Ports that have answered at the address that was asked for. */
const ANSWERED: ReadonlyMap<string, Set<number>> = new Map([
  [IPV4_LOOPBACK, new Set()],
  [IPV6_LOOPBACK, new Set()],
]);
