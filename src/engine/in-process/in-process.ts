import type { Agent as HttpAgent, AgentOptions as HttpAgentOptions } from "node:http";
import type { Agent as HttpsAgent, AgentOptions as HttpsAgentOptions } from "node:https";
import type { DispatcherLike } from "./balance-dispatch.ts";
import { hook } from "./hook.ts";
import { createHttpAgent, createHttpsAgent } from "./service-agent.ts";
import {
  builtInUndici,
  createDispatcher,
  type DispatcherOptions,
  type UndiciLike,
} from "./service-dispatcher.ts";
import { createServiceView, type ServiceView, type ServiceViewOptions } from "./service-view.ts";

/** The type of `dispatcher` in Node's own `fetch`, where Node's types are loaded. */
export type FetchDispatcher = RequestInit extends { dispatcher?: infer D }
  ? NonNullable<D>
  : unknown;

/** Clients that reach the Services of one store by name; closing this closes all of them. */
export class InProcess {
  readonly view: ServiceView;
  readonly #clients = new Set<{ destroy(): unknown }>();

  constructor(options: ServiceViewOptions) {
    this.view = createServiceView(options);
  }

  /** For `http.request`: an endpoint is chosen for each request. */
  agent(options?: HttpAgentOptions): HttpAgent {
    return this.#kept(createHttpAgent(this.view, options));
  }

  /** For `https.request`, with the Service's name verified. */
  httpsAgent(options?: HttpsAgentOptions): HttpsAgent {
    return this.#kept(createHttpsAgent(this.view, options));
  }

  /** @throws TypeError when no undici is passed and the global dispatcher is not Node's own. */
  dispatcher<D>(undici?: UndiciLike<D>, options?: DispatcherOptions): D | FetchDispatcher {
    const from = undici ?? (builtInUndici() as UndiciLike<FetchDispatcher>);
    const dispatcher: D | FetchDispatcher = createDispatcher<D | FetchDispatcher>(
      this.view,
      from as UndiciLike<D | FetchDispatcher>,
      options,
    );
    // Closed without waiting: a program that wants its requests to finish closes the client first.
    this.#clients.add({ destroy: () => (dispatcher as DispatcherLike).destroy() });
    return dispatcher;
  }

  /** Makes Service names work in this whole process, for every client. @returns a function that undoes it. */
  hook(): () => void {
    return hook(this.view);
  }

  #kept<C extends { destroy(): unknown }>(client: C): C {
    this.#clients.add(client);
    return client;
  }

  /** Undoes the hook, and closes idle connections. */
  close(): void {
    for (const client of this.#clients) client.destroy();
    this.#clients.clear();
  }
}
