import type { Dialer } from "../proxy/dialer.ts";
import type { PodNetwork } from "./pod-network.ts";

/** Dials pods of a network inside it, and every other endpoint by `otherwise`. */
export function networkDialer(
  network: Pick<PodNetwork, "has" | "dial" | "bind">,
  otherwise: Dialer,
): Dialer {
  return {
    dial(target, options) {
      const { address, port } = target;
      return network.has(address)
        ? network.dial(address, port, options)
        : otherwise.dial(target, options);
    },
    streamAddress(target) {
      return network.has(target.address) ? undefined : otherwise.streamAddress?.(target);
    },
    datagramAddress(target) {
      const { address, port } = target;
      if (!network.has(address)) return otherwise.datagramAddress?.(target);
      return { host: address, port, bind: (socket) => network.bind(socket) };
    },
  };
}
