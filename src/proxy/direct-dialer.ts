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
  const named = host === "localhost" ? "127.0.0.1" : host;
  const answered = ANSWERED.get(named);
  if (answered === undefined || (options.redials === true && answered.has(port))) {
    return connect({ host: named, port }, options);
  }
  const addresses =
    named === "::1" ? [IPV6_LOOPBACK, IPV4_LOOPBACK] : [IPV4_LOOPBACK, IPV6_LOOPBACK];
  const lookup: net.LookupFunction = (_host, _options, callback) => {
    (callback as (error: null, found: typeof addresses) => void)(null, addresses);
  };
  const socket = connect({ host: "localhost", port, autoSelectFamily: true, lookup }, options);
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

function connect(to: net.TcpNetConnectOpts, options: DialOptions): net.Socket {
  const all = { ...to, noDelay: true, allowHalfOpen: options.allowHalfOpen ?? false };
  if (options.flowing !== true || !SHARES_BUFFER) return net.connect(all);
  const socket = net.connect({
    ...all,
    onread: {
      buffer: READ_BUFFER,
      callback(length, buffer) {
        const chunk = Buffer.allocUnsafe(length);
        chunk.set(length === buffer.length ? buffer : buffer.subarray(0, length));
        socket.emit("data", chunk);
        // Who wants no more has called pause().
        return true;
      },
    },
  });
  return socket;
}

/**
 * What is read goes here first and is copied at once: cheaper than the 64 KB that a stream takes up for each read
 * and the steps it makes with them. Windows fills buffers in the background: one for all would mix everything up.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
const SHARES_BUFFER = process.platform !== "win32";

const IPV4_LOOPBACK = { address: "127.0.0.1", family: 4 };
const IPV6_LOOPBACK = { address: "::1", family: 6 };
/** Ports that were connected to at the address that was named; trying two addresses takes longer than trying one. */
const ANSWERED: ReadonlyMap<string, Set<number>> = new Map([
  ["127.0.0.1", new Set()],
  ["::1", new Set()],
]);
