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
  if (host !== "127.0.0.1" && host !== "::1" && host !== "localhost") {
    return net.connect({ ...common, host });
  }
  const addresses =
    host === "::1" ? [IPV6_LOOPBACK, IPV4_LOOPBACK] : [IPV4_LOOPBACK, IPV6_LOOPBACK];
  return net.connect({
    ...common,
    host: "localhost",
    autoSelectFamily: true,
    lookup: (_host, _options, callback) => {
      (callback as (error: null, found: typeof addresses) => void)(null, addresses);
    },
  });
}

const IPV4_LOOPBACK = { address: "127.0.0.1", family: 4 };
const IPV6_LOOPBACK = { address: "::1", family: 6 };
