import { connect } from "node:net";
import type { Dialer } from "./dialer.ts";
import { dialAddress } from "./direct-dialer.ts";
import type { LocalAddress } from "./local-address.ts";
import { type Reach, wayTo } from "./reach.ts";

/** Where a pod's address and port are on this machine; undefined when kubelane does not run the pod. */
export type LocalAddressOf = (address: string, port: number) => LocalAddress | undefined;

/**
 * Dials local pods where their processes listen, and every other endpoint by `otherwise`.
 * @param reach asks the process that runs a pod to connect, for pods with a network of their own.
 */
export function mappedDialer(
  localAddressOf: LocalAddressOf,
  otherwise: Dialer,
  reach?: Reach,
): Dialer {
  return {
    dial(target, options) {
      const local = localAddressOf(target.address, target.port);
      if (local === undefined) return otherwise.dial(target, options);
      if (local.door === undefined) return dialAddress(local.host, local.port, options);
      const { allowHalfOpen = false } = options ?? {};
      return connect({ ...wayTo(local, reach), noDelay: true, allowHalfOpen });
    },
    streamAddress(target) {
      const local = localAddressOf(target.address, target.port);
      if (local === undefined) return otherwise.streamAddress?.(target);
      return local.door === undefined ? local : undefined;
    },
    datagramAddress(target) {
      const local = localAddressOf(target.address, target.port);
      if (local === undefined) return otherwise.datagramAddress?.(target);
      return local.door === undefined ? local : undefined;
    },
  };
}
