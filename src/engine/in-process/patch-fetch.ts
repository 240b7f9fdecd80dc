import { balanceDispatch, type DispatcherLike } from "./balance-dispatch.ts";
import { CHOICE } from "./open-socket.ts";
import { findDestination, whenKnown } from "./views.ts";

type Agent = DispatcherLike & { readonly constructor: AgentClass };
type AgentClass = new (options: object) => DispatcherLike;

/** Where all copies of undici, Node's included, keep the global dispatcher. */
const GLOBAL_DISPATCHERS = [
  Symbol.for("undici.globalDispatcher.1"),
  Symbol.for("undici.globalDispatcher.2"),
];

const balanced = new Map<DispatcherLike, () => void>();

/**
 * Node loads its undici at the first `fetch`. Loading it earlier would slow down the start of programs that never use
 * it, so patching waits for the first call.
 */
export function patchFetch(): () => void {
  balanceGlobalDispatchers();
  const { fetch } = globalThis;
  if (typeof fetch !== "function") return undo;
  const first = function (this: unknown, ...args: Parameters<typeof fetch>): Promise<Response> {
    const go = () => {
      if (globalThis.fetch === first) globalThis.fetch = fetch;
      // Any of undici's globals loads it.
      void globalThis.Headers;
      balanceGlobalDispatchers();
      return fetch.apply(this as undefined, args);
    };
    const known = whenKnown(hostOf(args[0]));
    return known === undefined ? go() : known.then(go);
  };
  Object.defineProperties(first, Object.getOwnPropertyDescriptors(fetch));
  globalThis.fetch = first;
  return () => {
    if (globalThis.fetch === first) globalThis.fetch = fetch;
    undo();
  };
}

/** An invalid URL is left for `fetch` to refuse. */
function hostOf(input: string | URL | Request): string | undefined {
  try {
    return new URL(input instanceof Object && "url" in input ? input.url : input).hostname;
  } catch {
    return undefined;
  }
}

function undo(): void {
  for (const each of balanced.values()) each();
  balanced.clear();
}

/**
 * Balances the default dispatcher of `fetch` and `undici.request`. One that the program has set itself (a proxy, or
 * with TLS options) is not replaced: its connections still lead to an endpoint.
 */
export function balanceGlobalDispatchers(): void {
  for (const key of GLOBAL_DISPATCHERS) {
    const agent = Reflect.get(globalThis, key) as Agent | undefined;
    if (agent === undefined || balanced.has(agent) || !isDefault(agent)) continue;
    const undone = balanceDispatch(
      agent,
      findDestination,
      (choice) => new agent.constructor({ connect: { [CHOICE]: choice } }),
    );
    balanced.set(agent, undone);
  }
}

function isDefault(agent: Agent): boolean {
  if (agent.constructor.name !== "Agent" || Object.hasOwn(agent, "dispatch")) return false;
  const key = Object.getOwnPropertySymbols(agent).find((each) => each.description === "options");
  const options = key && (Reflect.get(agent, key) as Readonly<Record<string, unknown>>);
  return options !== undefined && Object.values(options).every(isUnset);
}

/** Infinity is undici's default of `maxOrigins`. */
function isUnset(value: unknown): boolean {
  return value === undefined || value === Number.POSITIVE_INFINITY || isEmptyObject(value);
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
