/**
 * Kubernetes Services on your own machine: found by name, balanced over live pods, from plain manifests,
 * with or without a cluster.
 * @module
 */

export { RULES } from "./checks/catalog.ts";
export { checkSet } from "./checks/check-set.ts";
export type { Diagnostic, FieldPath, Severity, SourcePosition } from "./diagnostics/diagnostic.ts";
export { createEngine, Engine, type LoadOptions } from "./engine/engine.ts";
export type { EngineEvents } from "./engine/events.ts";
export {
  type Address,
  type DnsListen,
  type GatewayListen,
  ListenError,
  type Listening,
  type ListenOptions,
} from "./engine/listen.ts";
export type { EngineOptions } from "./engine/options.ts";
export { InvalidListenAddressError } from "./net/listen-address.ts";
export type { KubernetesObject } from "./objects/object.ts";
export type { ObjectKey } from "./objects/object-key.ts";
export type { Change, Operation } from "./store/operation.ts";
export { Store } from "./store/store.ts";
export type { ListOptions, StoreReader } from "./store/store-reader.ts";
