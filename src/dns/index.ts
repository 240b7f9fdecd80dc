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
export { InvalidListenAddressError } from "../net/listen-address.ts";
export type { Client } from "./client.ts";
export { createDns, type Dns, type LookupFrom, type PointOfView } from "./dns.ts";
export { type Explanation, explanationText } from "./explanation.ts";
export type { AddressOrder, Lookup, LookupCallback } from "./lookup.ts";
export {
  type AddressView,
  DEFAULT_ZONES,
  DnsOptionError,
  type DnsOptions,
  type ObservedStore,
  type PodRecords,
} from "./options.ts";
export type { PodView, SearchedResolution } from "./pod-view.ts";
export type { Rule } from "./reason.ts";
export type { Resolution } from "./resolution.ts";
export {
  formatResolverConfig,
  parseResolverConfig,
  type ResolverConfig,
  type ResolverOption,
} from "./resolver-config.ts";
export type { DnsServer, ListenOptions } from "./server.ts";
export type { TcpLimits } from "./tcp-server.ts";
export { decodeMessage } from "./wire/decode.ts";
export { encodeMessage, type MessageInit } from "./wire/encode.ts";
export type {
  Edns,
  EdnsOption,
  Message,
  Question,
  ResourceRecord,
  SoaData,
  SrvData,
} from "./wire/message.ts";
export type { Rcode } from "./wire/rcode.ts";
export { EncodeError, WireError, type WireErrorCode } from "./wire/wire-error.ts";
