import net from "node:net";
import type { Dialer, DialOptions } from "./dialer.ts";

/** Dials the endpoint's own address. */
export const directDialer: Dialer = {
  dial: ({ address, port }, options) => dialAddress(address, port, options),
  datagramAddress: ({ address, port }) => ({ host: address, port }),
};

/**
 * Connects to an address. The two loopback addresses stand for each other: some development servers listen
 * on `::1` only, others on 127.0.0.1 only, and nobody knows which (P.10); the one that was named goes first.
 */
export function dialAddress(host: string, port: number, options: DialOptions = {}): net.Socket {
  const common = { port, noDelay: true, allowHalfOpen: options.allowHalfOpen ?? false };
  const named = host === "localhost" ? "127.0.0.1" : host;
  const answered = ANSWERED.get(named);
  if (answered === undefined || (options.redials === true && answered.has(port))) {
    return net.connect({ ...common, host: named });
  }
  const addresses =
    named === "::1" ? [IPV6_LOOPBACK, IPV4_LOOPBACK] : [IPV4_LOOPBACK, IPV6_LOOPBACK];
  const socket = net.connect({
    ...common,
    host: "localhost",
    autoSelectFamily: true,
    lookup: (_host, _options, callback) => {
      (callback as (error: null, found: typeof addresses) => void)(null, addresses);
    },
  });
  socket.once("connect", () => {
    if (socket.remoteAddress === named) answered.add(port);
  });
  return socket;
}

/**
 * Whether an address that used to answer refused a connection, so that its server may be at the other loopback
 * address now: dialing again finds out.
 */
export function mayHaveMoved(error: Error & { address?: string; port?: number }): boolean {
  const { address = "", port = 0 } = error;
  return ANSWERED.get(address)?.delete(port) ?? false;
}

const IPV4_LOOPBACK = { address: "127.0.0.1", family: 4 };
const IPV6_LOOPBACK = { address: "::1", family: 6 };
/** Ports that were connected to at the address that was named; trying two addresses takes longer than trying one. */
const ANSWERED: ReadonlyMap<string, Set<number>> = new Map([
  ["127.0.0.1", new Set()],
  ["::1", new Set()],
]);
