import { lookup as systemLookup } from "node:dns";
import type { Pod } from "../objects/pod.ts";
import { Catalog } from "./catalog.ts";
import type { Client } from "./client.ts";
import { explain } from "./explain.ts";
import { type Explanation, explanationText } from "./explanation.ts";
import { createForwarder, type Upstream } from "./forwarder.ts";
import type { Hosts } from "./hosts.ts";
import { createLookup, type Lookup } from "./lookup.ts";
import { NameWatches } from "./name-watch.ts";
import { DnsOptionError, type DnsOptions, type Settings, settingsOf } from "./options.ts";
import { createPodView, type PodView } from "./pod-view.ts";
import type { Reason } from "./reason.ts";
import type { Maybe, Reply } from "./reply.ts";
import { type Resolution, resolutionOf } from "./resolution.ts";
import { Resolver } from "./resolver.ts";
import { namespaceConfig, type ResolverConfig, resolverConfigOf } from "./resolver-config.ts";
import { type ExplainReply, Responder } from "./responder.ts";
import { RunningServers } from "./running-servers.ts";
import type { DnsServer, ListenOptions } from "./server.ts";
import { takenTopic } from "./taken-addresses.ts";
import { cachedForwarder } from "./upstream-cache.ts";
import { absolute } from "./wire/name.ts";
import { typeCode, typeName } from "./wire/record-type.ts";
import { zoneOf } from "./zones.ts";

/** The namespace or pod from which DNS is seen. */
export interface PointOfView {
  /** Default `default`. */
  readonly namespace?: string;
  /** A pod of that namespace, by name; its dnsPolicy and dnsConfig apply. */
  readonly pod?: string;
  /** The node's own resolv.conf. Default: an empty one. */
  readonly host?: ResolverConfig;
}

export interface LookupFrom extends PointOfView {
  /** Looks up names outside our zones. Default: Node's `dns.lookup`. */
  readonly fallback?: typeof systemLookup;
}

/** Kubernetes DNS over one store. */
export interface Dns extends AsyncDisposable {
  /**
   * The records of a name, from the store alone; no upstream is asked.
   * @param type `A` unless given; `AAAA`, `SRV`, `PTR`, `TYPE65`, in any case.
   * @throws DnsOptionError for an unknown type.
   */
  resolve(name: string, type?: string): Resolution;
  /**
   * The hosts of a name, whatever type of record is asked for, and the Service or pod that it names; or the rule by
   * which there are none. The final dot may be left out; no search list applies.
   */
  find(name: string): Hosts;
  /** {@link resolve}, asking the upstream where needed. */
  query(name: string, type?: string, client?: Client): Promise<Resolution>;
  /** Why a name answers as it does, and what to do about it. */
  explain(name: string, type?: string): Explanation;
  /**
   * The whole server as a function: the reply to a message, or undefined for one that must not be answered (a
   * response, or less than a header). It returns a promise only where an upstream has to be asked.
   */
  answer(message: Uint8Array, client?: Client): Maybe<Uint8Array | undefined>;
  /**
   * DNS as a pod sees it: dnsPolicy, dnsConfig, search list and ndots (D.15).
   * @throws DnsOptionError when there is no such pod.
   */
  as(who: PointOfView): PodView;
  /** A function with the signature of `dns.lookup`, for `net.connect`, `http.Agent` and undici. */
  lookup(from?: LookupFrom): Lookup;
  /** Calls back, before `store.apply` returns, whenever the answer changes. @returns stops watching. */
  watchName(name: string, type: string, listener: (resolution: Resolution) => void): () => void;
  /**
   * Starts a server over UDP and TCP.
   * @throws InvalidListenAddressError; the error of binding, such as EADDRINUSE or EACCES.
   */
  listen(options?: ListenOptions): Promise<DnsServer>;
  /** Stops following the store and ends all servers. */
  close(): Promise<void>;
}

/** @throws DnsOptionError */
export function createDns(options: DnsOptions): Dns {
  const { store } = options;
  const settings = settingsOf(options);
  const catalog = new Catalog(store, settings.now);
  const servers = new RunningServers();
  const isOwn = ({ host, port }: Upstream) => servers.isAt(host, port);
  const asking = settings.upstream.length > 0 ? createForwarder(settings, isOwn) : undefined;
  const forwarder = asking && settings.cache > 0 ? cachedForwarder(asking, settings) : asking;
  const resolver = new Resolver(catalog, settings, forwarder);
  const offline = new Resolver(catalog, settings, undefined);
  servers.onChange = (hosts) => {
    resolver.listenAddresses = hosts;
    offline.listenAddresses = hosts;
  };

  const resolve = (name: string, type = "A"): Resolution => {
    const question = questionOf(name, type);
    return resolutionOf(question.name, typeName(question.type), askOffline(offline, question));
  };
  const explainAs = (name: string, type: string, reply: Reply, reason: Reason) =>
    explain(resolutionOf(name, type, reply), reason, { store, catalog, settings, resolve });
  const query = async (name: string, type = "A", client: Client = {}): Promise<Resolution> => {
    const question = questionOf(name, type);
    const reply = await resolver.resolve({ ...question, client });
    return resolutionOf(question.name, typeName(question.type), reply);
  };
  const explainName = (name: string, type = "A") => {
    const question = questionOf(name, type);
    const reply = askOffline(offline, question);
    // Without an upstream every answer has a reason, unless the name is outside our zones.
    const { reason = OUTSIDE } = reply;
    return explainAs(question.name, typeName(question.type), reply, reason);
  };
  const explainReply: ExplainReply = (name, type, reply) => {
    if (reply.reason === undefined) return undefined;
    const explanation = explainAs(name, typeName(type), reply, reply.reason);
    return { infoCode: explanation.infoCode, text: explanationText(explanation) };
  };
  const responder = new Responder(resolver, explainReply);
  // Created after the responder, which therefore drops packed answers before watchers are called and ask again.
  const watches = new NameWatches(catalog);
  const forget = settings.taken?.subscribe((host) => catalog.touch(new Set([takenTopic(host)])));

  const as = ({ namespace = "default", pod, host = NO_CONFIG }: PointOfView): PodView => {
    const nameservers = servers.hosts.length === 0 ? ["127.0.0.1"] : [...resolver.localIPs];
    const cluster = { nameservers, domain: settings.primaryZone, host };
    if (pod === undefined) return createPodView(namespaceConfig(namespace, cluster), resolve);
    const object: Pod | undefined = store.get("Pod", namespace, pod);
    if (object === undefined) {
      throw new DnsOptionError("pod", pod, `there is no Pod ${namespace}/${pod}`);
    }
    return createPodView(resolverConfigOf(object, cluster), resolve);
  };
  const close = async () => {
    forget?.();
    watches.close();
    catalog.close();
    forwarder?.close();
    await servers.close();
  };
  return {
    resolve,
    find: (name) => offline.find(absolute(name.toLowerCase())),
    query,
    explain: explainName,
    answer: (message, client = {}) => responder.answer(message, client),
    as,
    lookup: ({ fallback = systemLookup, ...who } = {}) =>
      createLookup({
        view: as(who),
        query,
        isOurs: (name) => isOurs(name, settings),
        explain: (name, type) => explanationText(explainName(name, type)),
        fallback,
        random: settings.random,
      }),
    watchName(name, type, listener) {
      const question = questionOf(name, type);
      return watches.add(
        () => askOffline(offline, question),
        (reply) => listener(resolutionOf(question.name, typeName(question.type), reply)),
      );
    },
    listen: (own = {}) =>
      servers.start((message, client) => responder.answer(message, client), {
        ...(options.listen === undefined ? {} : { listen: options.listen }),
        ...own,
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const OUTSIDE: Reason = { rule: "outside-zones" };
const NO_CONFIG: ResolverConfig = { nameservers: [], searches: [], options: [] };

/** Without an upstream the answer is never a promise. */
function askOffline(offline: Resolver, question: ReturnType<typeof questionOf>): Reply {
  return offline.resolve({ ...question, client: {} }) as Reply;
}

function isOurs(name: string, settings: Settings): boolean {
  return zoneOf(name.toLowerCase(), settings.zones) !== undefined;
}

function questionOf(name: string, type: string) {
  const code = typeCode(type);
  if (code === undefined) {
    throw new DnsOptionError("type", type, `"${type}" is no record type, such as A or SRV`);
  }
  const full = absolute(name);
  const flags = { class: 1, rd: true, cd: false, edns: undefined };
  return { name: full, lowerName: full.toLowerCase(), type: code, ...flags };
}
