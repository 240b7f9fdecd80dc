import { type ChosenEndpoint, chooseFor } from "./choice.ts";
import type { Found } from "./views.ts";

/** The used part of an undici Dispatcher, of whichever copy and version. */
export interface DispatcherLike {
  dispatch(options: DispatchOptions, handler: unknown): boolean;
  close(...args: never[]): unknown;
  destroy(...args: never[]): unknown;
}

export interface DispatchOptions {
  readonly origin?: string | URL | null;
}

export type FindDestination = (host: string, port: number) => Found | undefined;

/** Endpoints with an agent of their own; beyond that, agents that were idle for long are closed. */
const MAX_IDLE = 16;

/**
 * Makes an undici Agent choose an endpoint for each request: every endpoint has an agent and connections of its own.
 * Requests to other hosts are not affected.
 * @returns a function that undoes it.
 */
export function balanceDispatch(
  agent: DispatcherLike,
  find: FindDestination,
  createAgent: (choice: ChosenEndpoint) => DispatcherLike,
): () => void {
  const agents = new Map<string, { readonly agent: DispatcherLike; used: number }>();
  const origins = new Map<string, readonly [host: string, port: number]>();
  // The original methods.
  const inherited = Object.getPrototypeOf(agent) as DispatcherLike;
  let requests = 0;

  agent.dispatch = function (this: DispatcherLike, options, handler) {
    const choice = options.origin ? chooseOf(String(options.origin)) : undefined;
    if (choice === undefined) return inherited.dispatch.call(this, options, handler);
    return agentOf(choice).dispatch(options, handler);
  };
  agent.close = function (this: DispatcherLike, ...args) {
    closeAll();
    return inherited.close.call(this, ...args);
  };
  agent.destroy = function (this: DispatcherLike, ...args) {
    closeAll();
    return inherited.destroy.call(this, ...args);
  };

  function chooseOf(origin: string): ChosenEndpoint | undefined {
    let place = origins.get(origin);
    if (place === undefined) {
      const url = new URL(origin);
      const host = url.hostname.replace(/^\[|\]$/g, "");
      place = [host, Number(url.port) || (url.protocol === "https:" ? 443 : 80)];
      if (origins.size >= MAX_ORIGINS) origins.clear();
      origins.set(origin, place);
    }
    return chooseFor(find(...place));
  }

  function agentOf(choice: ChosenEndpoint): DispatcherLike {
    const { id } = choice;
    let known = agents.get(id);
    if (known === undefined) {
      closeForgotten();
      known = { agent: createAgent(choice), used: 0 };
      agents.set(id, known);
    }
    known.used = ++requests;
    return known.agent;
  }

  /**
   * Pods come and go: the agent of an endpoint that was not chosen for long is closed; it gets a new one when it is
   * chosen again.
   */
  function closeForgotten(): void {
    if (agents.size < MAX_IDLE) return;
    for (const [id, { agent: idle, used }] of agents) {
      if (requests - used < agents.size * FORGET) continue;
      agents.delete(id);
      void idle.close();
    }
  }

  function closeAll(): void {
    for (const { agent: each } of agents.values()) void each.close();
    agents.clear();
  }

  return () => {
    for (const key of ["dispatch", "close", "destroy"]) Reflect.deleteProperty(agent, key);
    closeAll();
  };
}

/** Parsed origins that are cached. */
const MAX_ORIGINS = 1024;
/** An endpoint that is not chosen in so many rounds over all endpoints counts as idle. */
const FORGET = 20;
