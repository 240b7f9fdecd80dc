import type { Engine } from "../engine/engine.ts";
import { fromMap } from "../labels/selector.ts";
import { SERVICE_NAME_LABEL } from "../objects/endpoint-slice.ts";
import type { Pod } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import type { Change } from "../store/operation.ts";
import { idOf, worldPod, worldRoutes, worldService } from "./describe-world.ts";
import { applyChange, EMPTY_WORLD, type World, type WorldChange } from "./world.ts";

/** Milliseconds in which changes are gathered: of what changes more often, only the last state is sent. */
const GATHER = 100;
/** Objects described in one go, so that a large batch holds up no request for long. */
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
  readonly #unsubscribe: () => void;

  constructor(options: LiveWorldOptions) {
    this.#options = options;
    const { store } = options.engine;
    this.#unsubscribe = store.subscribe((changes) => this.#note(changes));
    for (const { metadata } of store.list("Service"))
      this.#services.add(idOf(metadata.namespace, metadata.name));
    for (const { metadata } of store.list("Pod"))
      this.#pods.add(idOf(metadata.namespace, metadata.name));
    this.#flush(Number.POSITIVE_INFINITY);
  }

  get snapshot(): WorldChange {
    const { services, pods, routes, troubles } = this.#world;
    return {
      isSnapshot: true,
      services: [...services.values()],
      pods: [...pods.values()],
      routes: [...routes.values()],
      troubles,
    };
  }

  /** Looks whether what no object tells of has changed. */
  look(): void {
    this.#later();
  }

  close(): void {
    clearTimeout(this.#timer);
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
      this.#flush(AT_ONCE);
      if (this.#services.size + this.#pods.size > 0) this.#later();
    }, GATHER);
  }

  #flush(most: number): void {
    const { engine, port, troubles, onChange } = this.#options;
    const services = taken(this.#services, most, this.#world.services, (namespace, name) => {
      const service = engine.store.get("Service", namespace, name);
      return service && worldService(engine, service as Service, port());
    });
    const pods = taken(this.#pods, most, this.#world.pods, (namespace, name) => {
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

/** Takes ids out of those that are to be looked at; what looks as it did before is not told again. */
function taken<T extends { readonly id: string }>(
  ids: Set<string>,
  most: number,
  before: ReadonlyMap<string, T>,
  describe: (namespace: string, name: string) => T | undefined,
): Taken<T> {
  const put: T[] = [];
  const gone: string[] = [];
  let count = 0;
  for (const id of ids) {
    if (count++ >= most) break;
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
