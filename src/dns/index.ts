/**
 * Kubernetes DNS: `import { createDns } from "kubelane/dns"`.
 *
 * ```ts
 * const dns = createDns({ store, zones: ["cluster.local"], ttl: 5, pods: "verified", view: "local" });
 * dns.resolve("web.shop.svc.cluster.local");   // { rcode, answers, authority, additional }, synchronous
 * await dns.query("example.org", "AAAA");      // the same, upstream included
 * dns.explain("wbe.shop.svc.cluster.local");   // { rule, reason, hints, quirk?, resolution }
 * dns.as({ namespace: "shop", pod: "web-1" }).resolve("db");  // { config, tried, found }
 * dns.answer(message, client);                 // Uint8Array | undefined; a promise if an upstream is asked
 * dns.watchName(name, "A", (resolution) => {}); // returns the function that stops it
 * http.get(url, { lookup: dns.lookup({ namespace: "shop" }) });
 * const server = await dns.listen({ listen: "127.0.0.1:0", onError });
 * server.host; server.port; await server.close();
 * await dns.close();
 * ```
 */

export type { Binder } from "../net/binder.ts";
export { InvalidListenAddressError } from "../net/listen-address.ts";
export { LoopbackMirror } from "../net/loopback-mirror.ts";
export type { DeclaredPort } from "../objects/endpoint-slice.ts";
export type { CatalogEntry } from "./catalog-entry.ts";
export type { Client } from "./client.ts";
export { createDns, type Dns, type LookupFrom, type PointOfView } from "./dns.ts";
export { type Explanation, explanationText } from "./explanation.ts";
export type { HostEntry, Hosts } from "./hosts.ts";
export type { AddressOrder, Lookup, LookupCallback } from "./lookup.ts";
export type { ObjectName } from "./name-shape.ts";
export type { FurtherHosts } from "./options.ts";
export {
  type AddressView,
  DEFAULT_ZONES,
  DnsOptionError,
  type DnsOptions,
  type ObservedStore,
  type PodRecords,
} from "./options.ts";
export type { PodView, SearchedResolution } from "./pod-view.ts";
export type { NamedEndpoint, Reason, Rule, ServiceSubject, Subject } from "./reason.ts";
export type { Maybe } from "./reply.ts";
export type { Resolution } from "./resolution.ts";
export {
  formatResolverConfig,
  parseResolverConfig,
  type ResolverConfig,
  type ResolverOption,
} from "./resolver-config.ts";
export type { DnsServer, ListenOptions } from "./server.ts";
export type { TakenAddresses } from "./taken-addresses.ts";
export type { TcpLimits } from "./tcp-server.ts";
export { decodeMessage } from "./wire/decode.ts";
export { encodeMessage, type MessageInit } from "./wire/encode.ts";
export type {
  Edns,
  EdnsOption,
  Message,
  MxRecord,
  OpaqueRecord,
  Question,
  ResourceRecord,
  SoaData,
  SoaRecord,
  SrvData,
  SrvRecord,
  TextRecord,
  TxtRecord,
} from "./wire/message.ts";
export type { Rcode } from "./wire/rcode.ts";
export { EncodeError, WireError, type WireErrorCode } from "./wire/wire-error.ts";
