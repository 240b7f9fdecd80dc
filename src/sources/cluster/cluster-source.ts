import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Resource } from "../../objects/api-resource.ts";
import { groupKindOf, type KubernetesObject } from "../../objects/object.ts";
import { keyOf, type ObjectKey } from "../../objects/object-key.ts";
import type { Operation } from "../../store/operation.ts";
import type { Source, SourceSink } from "../source.ts";
import { ApiError } from "./api-client.ts";
import { BackOff } from "./back-off.ts";
import { followedPlaces, type WantedNamespaces } from "./followed-places.ts";
import { collectionPath, followedResources, isNeeded, placesOf } from "./followed-resources.ts";
import { Reflector, type ReflectorClient } from "./reflector.ts";

export interface ClusterSourceOptions extends WantedNamespaces {
  readonly client: ReflectorClient;
  /** The cluster's name in messages: the context and its server. */
  readonly name: string;
  /** Uniform in [0, 1). Default: Math.random. */
  readonly random?: () => number;
  /** Milliseconds since the epoch. Default: the system's clock. */
  readonly now?: () => number;
  /** Waits, but no longer than until the signal is aborted. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** One followed resource in one namespace, and its state. */
interface Followed {
  readonly reflector: Reflector;
  readonly known: Map<string, ObjectKey>;
}

/** Follows a cluster by list and watch, and never changes anything in it. */
export class ClusterSource implements Source {
  readonly #options: ClusterSourceOptions;
  readonly #followed: Followed[] = [];
  readonly #owned = new Set<string>();
  readonly #lost = new Set<Followed>();
  #lostAt = 0;
  #lostBy = "";
  #sink: SourceSink | undefined;
  #queue: Operation[] = [];
  #flush: NodeJS.Immediate | undefined;

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
  }

  /** @throws ApiError, CredentialsError or the connection's error, when the cluster can't be reached at all */
  async start(sink: SourceSink): Promise<Diagnostic[]> {
    this.#sink = sink;
    const { client, name, namespaces } = this.#options;
    const places = await followedPlaces(client, this.#options);
    if (namespaces === undefined && places !== undefined) {
      const which = places.join(", ");
      sink.told?.(`${name}: only namespace ${which} is followed, as this user may not list all`);
    }
    const ready = followedResources().flatMap((resource) =>
      placesOf(resource, places).map((place) => this.#follow(resource, place)),
    );
    await Promise.all(ready);
    this.#flushNow();
    return [];
  }

  /** Nothing to do: the server reports every change. */
  async reload(): Promise<Diagnostic[]> {
    return [];
  }

  /** What is wrong while the cluster can't be followed: for how long, and why. */
  get trouble(): string | undefined {
    if (this.#lost.size === 0) return undefined;
    const age = `${this.#secondsLost} s old`;
    return `${this.#options.name} can't be followed (${this.#lostBy}): what serves is ${age}`;
  }

  owns(key: ObjectKey): boolean {
    return this.#owned.has(idOf(key));
  }

  async close(): Promise<void> {
    this.#sink = undefined;
    if (this.#flush !== undefined) clearImmediate(this.#flush);
    for (const { reflector } of this.#followed) reflector.close();
    await Promise.all(this.#followed.map(({ reflector }) => reflector.done));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @returns when its first list has arrived, or was refused for good */
  #follow(resource: Resource, namespace: string | undefined): Promise<void> {
    const { client, random = Math.random, sleep = sleepFor } = this.#options;
    return new Promise((resolve) => {
      const known = new Map<string, ObjectKey>();
      const followed: Followed = {
        known,
        reflector: new Reflector({
          resource: { ...resource, path: collectionPath(resource, namespace) },
          client,
          random,
          backOff: new BackOff({ random, sleep }),
          sink: {
            replace: (objects) => {
              this.#replace(known, objects);
              resolve();
            },
            change: (type, object) => this.#change(known, type, object),
            lost: (error) => {
              this.#isLost(followed, error);
              resolve();
            },
            found: () => this.#isFound(followed),
            refused: (error) => {
              if (isNeeded(resource))
                this.#tell(`${resource.plural} are missing: ${error.message}`);
              resolve();
            },
          },
        }),
      };
      this.#followed.push(followed);
    });
  }

  #replace(known: Map<string, ObjectKey>, objects: readonly KubernetesObject[]): void {
    const present = new Set<string>();
    for (const object of objects) {
      present.add(idOf(keyOf(object)));
      this.#change(known, "put", object);
    }
    for (const [id, key] of known) {
      if (!present.has(id)) this.#remove(known, id, key);
    }
  }

  #change(known: Map<string, ObjectKey>, type: "put" | "delete", object: KubernetesObject): void {
    const key = { ...keyOf(object), kind: groupKindOf(object) };
    const id = idOf(key);
    if (type === "delete") {
      this.#remove(known, id, key);
      return;
    }
    known.set(id, key);
    this.#owned.add(id);
    this.#enqueue({ op: "put", object });
  }

  #remove(known: Map<string, ObjectKey>, id: string, key: ObjectKey): void {
    known.delete(id);
    this.#owned.delete(id);
    this.#enqueue({ op: "delete", key });
  }

  /** Changes that arrive in one read of the network become one batch. */
  #enqueue(operation: Operation): void {
    this.#queue.push(operation);
    this.#flush ??= setImmediate(() => this.#flushNow());
  }

  #flushNow(): void {
    if (this.#flush !== undefined) clearImmediate(this.#flush);
    this.#flush = undefined;
    const batch = this.#queue;
    this.#queue = [];
    if (batch.length === 0 || this.#sink === undefined) return;
    try {
      this.#sink.apply(batch);
    } catch (error) {
      this.#sink.fault?.(error as Error);
    }
  }

  /** All resources are lost at about the same time, which is reported once. */
  #isLost(followed: Followed, error: Error): void {
    if (this.#lost.size === 0) {
      this.#lostAt = this.#now();
      this.#lostBy = error instanceof ApiError ? `${error.status} ${error.message}` : error.message;
      const since = new Date(this.#lostAt).toISOString();
      this.#sink?.fault?.(
        new Error(
          `${this.#options.name} can't be followed (${this.#lostBy}): the last known state, of ${since}, keeps serving`,
        ),
      );
    }
    this.#lost.add(followed);
  }

  #isFound(followed: Followed): void {
    if (!this.#lost.delete(followed) || this.#lost.size > 0) return;
    this.#tell(`followed again, after ${this.#secondsLost} s`);
  }

  get #secondsLost(): number {
    return Math.round((this.#now() - this.#lostAt) / 1000);
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #tell(message: string): void {
    this.#sink?.told?.(`${this.#options.name}: ${message}`);
  }
}

function idOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}

function sleepFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
