import type { Backend } from "./backend.ts";
import type { Policy } from "./policy.ts";

/** Uniform and independent of every earlier choice, as kube-proxy's iptables and nftables modes choose (P.4). */
export const random: Policy = {
  name: "random",
  choose: (backends, turn) => backends[Math.floor(turn.random() * backends.length)] as Backend,
};
