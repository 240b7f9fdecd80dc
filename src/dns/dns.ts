import { Catalog } from "./catalog.ts";
import type { Client } from "./client.ts";
import { createForwarder } from "./forwarder.ts";
import { DnsOptionError, type DnsOptions, settingsOf } from "./options.ts";
import type { Maybe, Reply } from "./reply.ts";
import { type Resolution, resolutionOf } from "./resolution.ts";
import { Resolver } from "./resolver.ts";
import { Responder } from "./responder.ts";
import { createDnsServer, type DnsServer, type ListenOptions } from "./server.ts";
import { absolute } from "./wire/name.ts";
import { typeCode, typeName } from "./wire/record-type.ts";

/** Kubernetes DNS over one store. */
export interface Dns extends Disposable {
  /**
   * The records of a name, by the store alone; no upstream is asked.
   * @param type `A` unless given; `AAAA`, `SRV`, `PTR`, `TYPE65`, in any case.
   * @throws DnsOptionError for a type that is none.
   */
  resolve(name: string, type?: string): Resolution;
  /** {@link resolve}, with the upstream asked where it has to be. */
  query(name: string, type?: string, client?: Client): Promise<Resolution>;
  /**
   * The whole server as a function: the reply to a message, or undefined for one that must not be answered
   * (a response, less than a header). A promise only where an upstream has to be asked.
   */
  answer(message: Uint8Array, client?: Client): Maybe<Uint8Array | undefined>;
  /**
   * Starts a server over UDP and TCP.
   * @throws DnsOptionError; the error of binding, such as EADDRINUSE or EACCES.
   */
  listen(options?: ListenOptions): Promise<DnsServer>;
  /** Stops following the store and ends all servers. */
  close(): Promise<void>;
}

/** @throws DnsOptionError */
export function createDns(options: DnsOptions): Dns {
  const settings = settingsOf(options);
  const catalog = new Catalog(options.store, settings.now);
  const servers = new Set<DnsServer>();
  const forwarder =
    settings.upstream.length === 0
      ? undefined
      : createForwarder(settings, ({ host, port }) =>
          [...servers].some((server) => server.port === port && isSameHost(server.host, host)),
        );
  const resolver = new Resolver(catalog, settings, forwarder);
  const offline = new Resolver(catalog, settings, undefined);
  const responder = new Responder(resolver, () => undefined);

  const close = async () => {
    catalog.close();
    forwarder?.close();
    await Promise.all([...servers].map((server) => server.close()));
  };
  return {
    resolve(name, type = "A") {
      const question = questionOf(name, type);
      const reply = offline.resolve({ ...question, client: {} }) as Reply;
      return resolutionOf(question.name, typeName(question.type), reply);
    },
    async query(name, type = "A", client = {}) {
      const question = questionOf(name, type);
      const reply = await resolver.resolve({ ...question, client });
      return resolutionOf(question.name, typeName(question.type), reply);
    },
    answer: (message, client = {}) => responder.answer(message, client),
    async listen(listenOptions = {}) {
      const answer = (message: Uint8Array, client: Client) => responder.answer(message, client);
      const server = await createDnsServer(answer, {
        ...(options.listen === undefined ? {} : { listen: options.listen }),
        ...listenOptions,
      });
      const follow = () => {
        const hosts = [...servers].map(({ host }) => host);
        resolver.listenAddresses = hosts;
        offline.listenAddresses = hosts;
      };
      const closeServer = async () => {
        servers.delete(tracked);
        follow();
        await server.close();
      };
      const tracked = { ...server, close: closeServer, [Symbol.asyncDispose]: closeServer };
      servers.add(tracked);
      follow();
      return tracked;
    },
    close,
    [Symbol.dispose]: () => void close(),
  };
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

function isSameHost(listening: string, host: string): boolean {
  return listening === host || listening === "0.0.0.0" || listening === "::";
}
