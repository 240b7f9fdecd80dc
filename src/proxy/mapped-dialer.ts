import type { Dialer } from "./dialer.ts";
import { dialAddress } from "./direct-dialer.ts";

export interface LocalAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a pod's address and port are on this machine; undefined when they are no process of ours. */
export type LocalAddressOf = (address: string, port: number) => LocalAddress | undefined;

/** Dials local processes where they really listen, and every other endpoint by `otherwise`. */
export function mappedDialer(localAddressOf: LocalAddressOf, otherwise: Dialer): Dialer {
  return {
    dial(target, options) {
      const local = localAddressOf(target.address, target.port);
      return local === undefined
        ? otherwise.dial(target, options)
        : dialAddress(local.host, local.port, options);
    },
    streamAddress: (target) =>
      localAddressOf(target.address, target.port) ?? otherwise.streamAddress?.(target),
    datagramAddress: (target) =>
      localAddressOf(target.address, target.port) ?? otherwise.datagramAddress?.(target),
  };
}
