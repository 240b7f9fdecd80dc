import { apiServerObjects } from "../controllers/api-server.ts";
import { machineLabels } from "../controllers/node-fit.ts";
import type { NodeEntry } from "../manifests/local-config.ts";
import type { Node } from "../objects/cluster.ts";
import { ZONE_LABEL } from "../objects/cluster.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { parseApiServer } from "./api-server.ts";
import type { EngineOptions } from "./options.ts";

/** The objects that every cluster has from the start. @throws ApiServerAddressError */
export function initialObjects({
  nodes = [],
  apiServer,
  controllers,
}: EngineOptions): KubernetesObject[] {
  // Other controllers than ours may treat the API server differently.
  const publishes = apiServer !== undefined && controllers === undefined;
  return [...nodeObjects(nodes), ...(publishes ? apiServerObjects(parseApiServer(apiServer)) : [])];
}

/** The Node objects of an emulated cluster, ready for pods. */
function nodeObjects(entries: readonly NodeEntry[]): Node[] {
  return entries.map(({ name, zone, labels }) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        ...machineLabels(name),
        ...(zone === undefined ? {} : { [ZONE_LABEL]: zone }),
        ...labels,
      },
    },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  }));
}
