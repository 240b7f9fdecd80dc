/**
 * Balanced connections to Services: by name over HTTP, and by address over TCP.
 *
 * ```ts
 * const balancer = createBalancer({ store });              // follows Services and EndpointSlices in the store
 * const dialer = mappedDialer(localAddressOf, directDialer); // pods that are local processes
 *
 * const gateway = createGateway({ store, balancer, dialer, clusterDomain: "cluster.local" });
 * const http = await gateway.listen({ host: "127.0.0.1", port: 8080 });
 * http.host; http.port; await http.close();                // drains; `await using` works too
 *
 * const relays = createRelays({ store, balancer, dialer, onListenError: (relay, error) => {} });
 * await relays.settled();                                  // everything bound, or reported
 * relays.listening(); await relays.close();
 * balancer.close();
 *
 * // node-http-proxy's API, for servers of your own; targets name Services.
 * const proxy = createProxyServer({ store, balancer, dialer }, { target: "http://web.shop" });
 * http.createServer((req, res) => proxy.web(req, res)).listen(8000);
 * ```
 *
 * `localAddressOf(address, port)` is asked for every connection to an endpoint (`10.244.0.5`, 8080) and
 * answers where that is on this machine (`{ host, port }`), or undefined to dial the address itself.
 * @module
 */

export type { Backend } from "../balancer/backend.ts";
export type { BalancedPort } from "../balancer/balanced-port.ts";
export type { AddressOwner } from "../balancer/balancer.ts";
export {
  type Balancer,
  type BalancerOptions,
  createBalancer,
} from "../balancer/balancer.ts";
export type { NotPickedRule } from "../balancer/choice.ts";
export {
  type Choice,
  type Client,
  describePick,
  type NotPicked,
  type Picked,
} from "../balancer/choice.ts";
export type { NoServicePort } from "../balancer/declared-port.ts";
export type { EndpointLoad } from "../balancer/endpoint-load.ts";
export type { EndpointSet, EndpointTable, Traffic } from "../balancer/endpoint-table.ts";
export { leastConnections } from "../balancer/least-connections.ts";
export { p2c } from "../balancer/p2c.ts";
export type { Policy, Turn } from "../balancer/policy.ts";
export { random } from "../balancer/random.ts";
export { roundRobin } from "../balancer/round-robin.ts";
export type { ServiceAddress } from "../balancer/service-addresses.ts";
export type { ServicePortKey } from "../balancer/service-port.ts";
export type { TopologyMode } from "../balancer/topology.ts";
export type { Protocol } from "../objects/pod.ts";
export type { IPFamily } from "../objects/service.ts";
export { accessLogLine } from "./access-log.ts";
export { type AdminOptions, listenAdmin } from "./admin.ts";
export type { DatagramAddress, Dialer, DialOptions, DialTarget } from "./dialer.ts";
export { directDialer } from "./direct-dialer.ts";
export type { FrontPage, FrontService } from "./front-page.ts";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
export type { Limits } from "./limits.ts";
export type { Listening, ListenOptions } from "./listen-tcp.ts";
export type { LocalAddress } from "./local-address.ts";
export { type LocalAddressOf, mappedDialer } from "./mapped-dialer.ts";
export { type Counter, createMetrics, type TrafficMetrics } from "./metrics.ts";
export type { Page } from "./page.ts";
export {
  createProxyServer,
  type ProxyServer,
  type ProxyServerOptions,
  type ServiceProxyOptions,
  TargetError,
} from "./proxy-server.ts";
export type { Reach } from "./reach.ts";
export type { Refusal } from "./refusal.ts";
export type { PlannedRelay } from "./relays/relay-plan.ts";
export { createRelays, type Relays, type RelaysOptions } from "./relays/relays.ts";
export type { TrafficEvent } from "./traffic-event.ts";
