import type { NodeEntry } from "../manifests/local-config.ts";
import type { Node } from "../objects/cluster.ts";
import { ZONE_LABEL } from "../objects/cluster.ts";

/** The Node objects of an emulated cluster, ready for pods. */
export function nodeObjects(entries: readonly NodeEntry[]): Node[] {
  return entries.map(({ name, zone, labels }) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        ...(zone === undefined ? {} : { [ZONE_LABEL]: zone }),
        ...labels,
      },
    },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  }));
}
