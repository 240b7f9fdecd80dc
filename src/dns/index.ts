/**
 * Kubernetes DNS: `import { createDns } from "kubelane/dns"`.
 *
 * ```ts
 * const dns = createDns({ store, zones: ["cluster.local"], ttl: 5, pods: "verified", view: "local" });
 * dns.resolve("web.shop.svc.cluster.local");        // { rcode, answers, authority, additional }, synchronous
 * await dns.query("example.org", "AAAA");           // the same, upstream included
 * dns.answer(message, client);                      // Uint8Array | undefined (a promise if an upstream is asked)
 * const server = await dns.listen({ listen: "127.0.0.1:0", onError });
 * server.host; server.port; await server.close();
 * await dns.close();
 * ```
 */
export type { Client } from "./client.ts";
export { createDns, type Dns } from "./dns.ts";
export {
  DEFAULT_ZONES,
  DnsOptionError,
  type DnsOptions,
  type ObservedStore,
  type PodRecords,
  type View,
} from "./options.ts";
export type { Resolution } from "./resolution.ts";
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
