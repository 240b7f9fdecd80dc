import type { Controller } from "../store/controller.ts";
import { type AddressControllerOptions, createAddressController } from "./addresses.ts";
import { createDeploymentController } from "./deployments.ts";
import { createEndpointController } from "./endpoints.ts";
import { createGarbageCollector } from "./garbage-collection.ts";
import { createReplicaSetController, createReplicationController } from "./replica-sets.ts";
import type { WorkloadOptions } from "./workload-options.ts";

export interface StandardControllerOptions extends AddressControllerOptions, WorkloadOptions {}

/**
 * The control loops of a cluster, in the order in which they feed each other: what owns comes before what
 * it owns, and endpoints after the Services and Pods they are made of.
 * @throws InvalidCidrError
 */
export function standardControllers(options: StandardControllerOptions = {}): Controller[] {
  return [
    createAddressController(options),
    createDeploymentController(options),
    createReplicaSetController(options),
    createReplicationController(options),
    createEndpointController(),
    createGarbageCollector(),
  ];
}
