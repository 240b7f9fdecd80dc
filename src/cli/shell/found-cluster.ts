import type { JoinRequest } from "../../control/join-route.ts";
import type { Cluster } from "../../network/cluster.ts";
import type { Membership } from "../../network/membership.ts";

/** A cluster, and in a few words where it comes from. */
export interface FoundCluster {
  readonly cluster: Cluster;
  readonly origin: string;
  /** Asks for a place in the network of its local pods; undefined where they have no network of their own. */
  join(request: JoinRequest): Promise<Membership | undefined>;
  close(): Promise<void>;
}
