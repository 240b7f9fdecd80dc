import type { EndpointSlice } from "../objects/endpoint-slice.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Controller } from "../store/controller.ts";
import { type Confinement, confined } from "./confined.ts";
import { createEndpointController } from "./endpoints.ts";
import { type StandardControllerOptions, standardControllers } from "./standard.ts";

/** These follow ownership, and would delete dependents of a cluster's objects as orphans. */
const SEES_ALL: ReadonlySet<string> = new Set(["garbage-collection", "namespace-lifecycle"]);

/**
 * The control loops for local objects in a store with a cluster's objects: the usual ones, confined to local objects.
 * Endpoints combine both: local pods join the cluster's Services, and local Services select the cluster's pods.
 */
export function controllersOverCluster(
  options: StandardControllerOptions,
  isForeign: (object: KubernetesObject) => boolean,
): Controller[] {
  const local: Confinement = {
    isForeign,
    sees: (_kind, object) => !isForeign(object),
  };
  // Local pods run on no Node of the cluster, so the loops see no Nodes: then any node name counts as one.
  const localServices: Confinement = {
    isForeign,
    sees: (kind, object) => kind !== "Node" && (kind === "Pod" || !isForeign(object)),
  };
  const clusterServices: Confinement = {
    isForeign,
    sees: (kind, object) =>
      kind !== "Node" && (kind === "Service" ? isForeign(object) : !isForeign(object)),
  };
  const all: Confinement = { isForeign, sees: () => true };
  return standardControllers(options).flatMap((controller) => {
    if (controller.name === "endpoints") {
      return [
        confined(controller, localServices),
        confined(
          withoutEmpty(createEndpointController({ ...options, namesFrom: "local-" })),
          clusterServices,
        ),
      ];
    }
    return [confined(controller, SEES_ALL.has(controller.name) ? all : local)];
  });
}

/** A Service of the cluster without local pods keeps the cluster's slices. */
function withoutEmpty(controller: Controller): Controller {
  return {
    ...controller,
    reconcile(changes, store, now) {
      return controller.reconcile(changes, store, now).map((operation) => {
        if (operation.op !== "put") return operation;
        const { endpoints } = operation.object as EndpointSlice;
        if (endpoints === undefined || endpoints.length > 0) return operation;
        return { op: "delete", key: keyOf(operation.object) };
      });
    },
  };
}
