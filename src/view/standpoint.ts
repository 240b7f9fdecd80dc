import type { PodRecords } from "../dns/options.ts";
import { DEFAULT_POD_RECORDS } from "../manifests/local-config.ts";

/** The point of view that a cluster is seen from, as data: what one process tells another. */
export interface Standpoint {
  /** `cluster.local` */
  readonly clusterDomain: string;
  /** Further zones that are answered like it. */
  readonly furtherZones?: readonly string[];
  /** The namespace that short names are taken from. */
  readonly namespace: string;
  /** The node this machine stands for; absent: every endpoint is local. */
  readonly node?: string;
  /** The zone it stands in. */
  readonly zone?: string;
  /** Where addresses of the cluster are on this machine: the number of a loopback mirror. Default: 0. */
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
