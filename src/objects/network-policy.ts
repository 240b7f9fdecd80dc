export type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "./tables/kinds.ts";
