/**
 * Kubernetes Services on your own machine: found by name, balanced over live pods, from plain manifests,
 * with or without a cluster.
 * @module
 */

export type { Override } from "./api/overrides.ts";
export { StateDamagedError } from "./api/state/journal.ts";
export { StateInUseError } from "./api/state/state-lock.ts";
export type { RuleInfo } from "./checks/catalog.ts";
export { RULES } from "./checks/catalog.ts";
export { checkSet } from "./checks/check-set.ts";
export type { NotRead } from "./checks/manifest-set.ts";
export type { LeftOut } from "./controllers/pod-endpoint.ts";
export type { NoEndpoint, NoEndpointRule } from "./controllers/why-none.ts";
export type {
  Diagnostic,
  FieldPath,
  Severity,
  SourcePosition,
  TextEdit,
} from "./diagnostics/diagnostic.ts";
export { ApiServerAddressError } from "./engine/api-server.ts";
export { createEngine, Engine, type LoadOptions } from "./engine/engine.ts";
export type { EngineEvents, NetworkOutcome, UnreachablePlace } from "./engine/events.ts";
export type { Failure, FailureCode } from "./engine/in-process/connect-error.ts";
export type { Destination, Destinations } from "./engine/in-process/destination.ts";
export type { InProcess } from "./engine/in-process/in-process.ts";
export type { DispatcherOptions, UndiciLike } from "./engine/in-process/service-dispatcher.ts";
export type { ServiceView } from "./engine/in-process/service-view.ts";
export type { ApiAddress, ApiListen, PageTroubles } from "./engine/listen.ts";
export {
  type Address,
  type DnsListen,
  type GatewayListen,
  ListenError,
  type Listening,
  type ListenOptions,
} from "./engine/listen.ts";
export type { LostAddress } from "./engine/lost-addresses.ts";
export type { EngineOptions } from "./engine/options.ts";
export type { Origin } from "./engine/origins.ts";
export type {
  AttachAddress,
  AttachEntry,
  Exposure,
  ImageEntry,
  NodeEntry,
  OwnImageEntry,
  PortToExpose,
  ProcessEntry,
  RunEntry,
  StubEntry,
  WorkloadTarget,
} from "./manifests/local-config.ts";
export type {
  HelmRendering,
  KustomizeRendering,
  ManifestInput,
  Rendering,
} from "./manifests/manifest-input.ts";
export { InvalidCidrError } from "./net/cidr.ts";
export type { ListenAddress } from "./net/listen-address.ts";
export { InvalidListenAddressError } from "./net/listen-address.ts";
export { MirrorCollisionError, type MirroredRange } from "./net/mirror-collision.ts";
export type { PortHolder } from "./net/port-holder.ts";
export type { PortRange } from "./net/port-pool.ts";
export type { Node, ServiceImport } from "./objects/cluster.ts";
export type { EndpointSlice } from "./objects/endpoint-slice.ts";
export type { KnownKinds } from "./objects/known-kinds.ts";
export type { KubernetesObject, StringMap } from "./objects/object.ts";
export type { ObjectKey } from "./objects/object-key.ts";
export type { ContainerStatus, Pod, PodStatus } from "./objects/pod.ts";
export type { CookieAttributes, SessionRule } from "./objects/service-annotations.ts";
export type { TrustForwarded } from "./proxy/forwarded-headers.ts";
export type { ListenerPlace } from "./proxy/listeners/listener-doors.ts";
export type { BackOffPolicy } from "./runtime/back-off.ts";
export type { EnvironmentSources } from "./runtime/environment.ts";
export type { OfContainer, OfPod, RuntimeEvent } from "./runtime/event.ts";
export type { LastProbe } from "./runtime/last-probe.ts";
export type { LocalPods } from "./runtime/local-pods.ts";
export type { NodeHook } from "./runtime/node-hook.ts";
export type { LogLine, LogQuery, PodLogs } from "./runtime/pod-logs.ts";
export type { Source, SourceSink } from "./sources/source.ts";
export type { Controller } from "./store/controller.ts";
export { UnsupportedFieldError } from "./store/fields.ts";
export type { Change, Operation } from "./store/operation.ts";
export { SettleError } from "./store/settle-error.ts";
export type { ChangeListener, StoreOptions } from "./store/store.ts";
export { Store } from "./store/store.ts";
export type { ListOptions, StoreReader } from "./store/store-reader.ts";
export type { WatchEvent, WatchOptions } from "./store/watch.ts";
export { ResourceVersionExpiredError } from "./store/watch.ts";
export type { Asker } from "./view/asker.ts";
export type { NoRoute, NoRouteRule, Route } from "./view/route.ts";
export type { Standpoint } from "./view/standpoint.ts";
export type { View } from "./view/view.ts";
