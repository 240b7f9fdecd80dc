import type { Engine } from "../engine/engine.ts";
import { fromMap } from "../labels/selector.ts";
import { SERVICE_NAME_LABEL } from "../objects/endpoint-slice.ts";
import type { Pod } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import type { Change } from "../store/operation.ts";
import { idOf, worldPod, worldRoutes, worldService } from "./describe-world.ts";
import { applyChange, EMPTY_WORLD, type World, type WorldChange } from "./world.ts";

/** Milliseconds in which changes are gathered: of an object that changes more often, only the last state is sent. */
const GATHER = 100;
/** Objects that are described or sent without a pause, so that a large batch doesn't block requests for long. */
const AT_ONCE = 200;

export interface LiveWorldOptions {
  readonly engine: Engine;
  /** Of the gateway. */
  readonly port: () => number;
  readonly troubles: () => readonly string[];
  readonly onChange: (change: WorldChange) => void;
}

/** The cluster as the page shows it, kept up to date until it is closed. */
export class LiveWorld {
  readonly #options: LiveWorldOptions;
  #world: World = EMPTY_WORLD;
  readonly #services = new Set<string>();
  readonly #pods = new Set<string>();
  #routesVersion = -1;
  #timer: NodeJS.Timeout | undefined;
  #next: NodeJS.Immediate | undefined;
  readonly #unsubscribe: () => void;

  constructor(options: LiveWorldOptions) {
    this.#options = options;
    const { store } = options.engine;
    this.#unsubscribe = store.subscribe((changes) => this.#note(changes));
    for (const { metadata } of store.list("Service"))
      this.#services.add(idOf(metadata.namespace, metadata.name));
    for (const { metadata } of store.list("Pod"))
      this.#pods.add(idOf(metadata.namespace, metadata.name));
    this.#flush();
  }

  /**
   * The whole state, in several messages where it is large. Each is made when it is sent: later changes are contained
   * in later messages, and additions and deletions are sent to all tabs anyway.
   */
  *snapshot(): Generator<WorldChange> {
    const { services, pods, routes, troubles } = this.#world;
    const ids = { services: [...services.keys()], pods: [...pods.keys()] };
    const now = <T>(kind: ReadonlyMap<string, T>, some: readonly string[]) =>
      some.flatMap((id) => kind.get(id) ?? []);
    const part = (at: number) => ({
      services: now(this.#world.services, ids.services.slice(at, at + AT_ONCE)),
      pods: now(this.#world.pods, ids.pods.slice(at, at + AT_ONCE)),
    });
    yield { isSnapshot: true, ...part(0), routes: [...routes.values()], troubles };
    const last = Math.max(ids.services.length, ids.pods.length);
    for (let at = AT_ONCE; at < last; at += AT_ONCE) yield part(at);
  }

  /** Checks for changes that no object's event reports. */
  look(): void {
    this.#later();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#next);
    this.#unsubscribe();
  }

  #note(changes: readonly Change[]): void {
    for (const { kind, object } of changes) {
      const { namespace, name, labels } = object.metadata;
      if (kind === "Service") this.#services.add(idOf(namespace, name));
      else if (kind === "EndpointSlice.discovery.k8s.io") {
        const service = labels?.[SERVICE_NAME_LABEL];
        if (service !== undefined) this.#services.add(idOf(namespace, service));
      } else if (kind === "Pod") this.#notePod(object as Pod);
    }
    this.#later();
  }

  /** The reason why a Service has no live pod changes with the states of its pods. */
  #notePod({ metadata: { namespace = "", name, labels = {} } }: Pod): void {
    this.#pods.add(idOf(namespace, name));
    const { store } = this.#options.engine;
    for (const { id, problem } of this.#world.services.values()) {
      if (problem === undefined || this.#services.has(id) || !id.startsWith(`${namespace}/`))
        continue;
      const service = store.get("Service", namespace, id.slice(namespace.length + 1));
      if (service !== undefined && fromMap(service.spec.selector).matches(labels)) {
        this.#services.add(id);
      }
    }
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, GATHER);
  }

  #flush(): void {
    this.#describeSome();
    clearImmediate(this.#next);
    // The rest is done in the next turn of the event loop, so that requests are served in between.
    if (this.#services.size + this.#pods.size > 0) this.#next = setImmediate(() => this.#flush());
  }

  #describeSome(): void {
    const { engine, port, troubles, onChange } = this.#options;
    const services = taken(this.#services, this.#world.services, (namespace, name) => {
      const service = engine.store.get("Service", namespace, name);
      return service && worldService(engine, service as Service, port());
    });
    const pods = taken(this.#pods, this.#world.pods, (namespace, name) => {
      const pod = engine.store.get("Pod", namespace, name);
      return pod && worldPod(engine, pod);
    });
    const change = {
      ...put("services", services),
      ...put("pods", pods),
      ...this.#routes(),
      ...changedTroubles(this.#world.troubles, troubles()),
    };
    const gone = {
      ...(services.gone.length > 0 && { services: services.gone }),
      ...(pods.gone.length > 0 && { pods: pods.gone }),
      ...change.gone,
    };
    const whole: WorldChange = { ...change, ...(Object.keys(gone).length > 0 && { gone }) };
    if (Object.keys(whole).length === 0) return;
    this.#world = applyChange(this.#world, whole);
    onChange(whole);
  }

  #routes(): Pick<WorldChange, "routes" | "gone"> {
    const { engine } = this.#options;
    const { version } = engine.routes;
    if (version === this.#routesVersion) return {};
    this.#routesVersion = version;
    const routes = worldRoutes(engine);
    const present = new Set(routes.map(({ id }) => id));
    const gone = [...this.#world.routes.keys()].filter((id) => !present.has(id));
    return {
      ...(routes.length > 0 && { routes }),
      ...(gone.length > 0 && { gone: { routes: gone } }),
    };
  }
}

interface Taken<T> {
  readonly put: readonly T[];
  readonly gone: readonly string[];
}

/** Removes and returns the ids that have to be checked; objects that look the same as before are not sent. */
function taken<T extends { readonly id: string }>(
  ids: Set<string>,
  before: ReadonlyMap<string, T>,
  describe: (namespace: string, name: string) => T | undefined,
): Taken<T> {
  const put: T[] = [];
  const gone: string[] = [];
  let count = 0;
  for (const id of ids) {
    if (count++ >= AT_ONCE) break;
    ids.delete(id);
    const slash = id.indexOf("/");
    const now = describe(id.slice(0, slash), id.slice(slash + 1));
    const last = before.get(id);
    if (now === undefined) {
      if (last !== undefined) gone.push(id);
    } else if (last === undefined || JSON.stringify(last) !== JSON.stringify(now)) put.push(now);
  }
  return { put, gone };
}

function put<K extends string, T>(
  name: K,
  { put }: Taken<T>,
): { readonly [N in K]?: readonly T[] } {
  return (put.length > 0 ? { [name]: put } : {}) as { readonly [N in K]?: readonly T[] };
}

function changedTroubles(
  before: readonly string[],
  now: readonly string[],
): Pick<WorldChange, "troubles"> {
  const isSame = before.length === now.length && now.every((each, i) => each === before[i]);
  return isSame ? {} : { troubles: now };
}
