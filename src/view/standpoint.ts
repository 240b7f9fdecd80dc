import type { PodRecords } from "../dns/options.ts";
import { DEFAULT_POD_RECORDS } from "../manifests/local-config.ts";

/** The place from which a cluster is seen, as data that one process can pass to another. */
export interface Standpoint {
  /** `cluster.local` */
  readonly clusterDomain: string;
  /** Further zones that are answered like it. */
  readonly furtherZones?: readonly string[];
  /** The namespace that short names are taken from. */
  readonly namespace: string;
  /** The node this machine stands for; absent: every endpoint is local. */
  readonly node?: string;
  /** The topology zone of that node. */
  readonly zone?: string;
  /** The loopback mirror at which this machine reaches cluster addresses, by number. Default: 0. */
  readonly mirror?: number;
  /** Which names pods have by their addresses (D.10). */
  readonly pods: PodRecords;
  /** The classes of Gateways and Ingresses that are served; absent: all. */
  readonly routeClasses?: readonly string[];
  /** Whether only a Namespace object makes a namespace exist (D.1). */
  readonly namespaces?: "declared" | "implied";
}

export const DEFAULT_STANDPOINT: Standpoint = {
  clusterDomain: "cluster.local",
  namespace: "default",
  pods: DEFAULT_POD_RECORDS,
};
