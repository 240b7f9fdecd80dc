import type { ListenAddress } from "../net/listen-address.ts";
import type { Controller } from "../store/controller.ts";
import { createAddressController } from "./addresses.ts";
import { createApiServerController } from "./api-server.ts";
import { createClaimController } from "./claims.ts";
import { createCronJobController } from "./cron-jobs.ts";
import { createDefinitionController } from "./custom-resource-definitions.ts";
import { createDaemonSetController } from "./daemon-sets.ts";
import { createDeploymentController } from "./deployments.ts";
import { createDisruptionController } from "./disruption-budgets.ts";
import { createEndpointController } from "./endpoints.ts";
import { createEndpointsMirroringController } from "./endpoints-mirroring.ts";
import { createForegroundDeletion } from "./foreground-deletion.ts";
import { createGarbageCollector } from "./garbage-collection.ts";
import { createJobController } from "./jobs.ts";
import { createLegacyEndpointsController } from "./legacy-endpoints.ts";
import {
  createLoadBalancerController,
  type LoadBalancerControllerOptions,
} from "./load-balancers.ts";
import { createNamespaceLifecycle } from "./namespace-lifecycle.ts";
import { createReplicaSetController, createReplicationController } from "./replica-sets.ts";
import { createScheduler } from "./scheduling.ts";
import type { AddressOptions } from "./service-allocation.ts";
import { createStatefulSetController } from "./stateful-sets.ts";
import type { WorkloadOptions } from "./workload-options.ts";

export interface StandardControllerOptions
  extends AddressOptions,
    LoadBalancerControllerOptions,
    WorkloadOptions {
  /** Whether Services with a selector get the deprecated Endpoints too. Default: false. */
  readonly legacyEndpoints?: boolean;
  /** Where an API server runs; absent: nowhere, and there is no Service default/kubernetes. */
  readonly apiServer?: ListenAddress;
}

/**
 * The control loops of a cluster, in the order in which they feed each other: what owns comes before what
 * it owns, and endpoints after the Services and Pods they are made of.
 *
 * They know time by the store's clock alone: the owner of the store calls `store.tick()` when
 * `store.nextWake()` says so (CronJobs, retries of Jobs, minReadySeconds).
 * @throws InvalidCidrError
 */
export function standardControllers(options: StandardControllerOptions = {}): Controller[] {
  const { apiServer } = options;
  return [
    ...(apiServer === undefined ? [] : [createApiServerController(apiServer)]),
    createAddressController(options),
    createLoadBalancerController(options),
    createCronJobController(options),
    createJobController(options),
    createDeploymentController(options),
    createReplicaSetController(options),
    createReplicationController(options),
    createStatefulSetController(options),
    createDaemonSetController(options),
    createScheduler(),
    createDisruptionController(options),
    createClaimController(),
    createEndpointController(options),
    ...(options.legacyEndpoints === true ? [createLegacyEndpointsController()] : []),
    createEndpointsMirroringController(),
    createDefinitionController(),
    createNamespaceLifecycle(options),
    createForegroundDeletion(options),
    createGarbageCollector(options),
  ];
}
