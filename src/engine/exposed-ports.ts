import type { Socket } from "node:net";
import type { Exposure } from "../manifests/local-config.ts";
import { unprivilegedPort } from "../net/unprivileged-port.ts";
import { qualifiedName } from "../objects/object-key.ts";
import { isPortNumber } from "../objects/port-name.ts";
import { type ExposedPort, exposePort } from "../proxy/exposed-port.ts";
import type { PodPort } from "../runtime/listening-ports.ts";
import type { ListeningPod } from "../runtime/pod-runtime.ts";

/** Milliseconds between looks at what pods listen on, and how much of the time they may take. */
const LOOK = 1_000;
const SHARE = 50;

/** How many ports are tried for one of a pod. */
const TRIES = 1_000;

interface Surroundings {
  readonly exposure: Exposure;
  listening(): readonly ListeningPod[];
  /** Begins a connection to a port of a pod. */
  dial(pod: ListeningPod, port: PodPort): Socket;
  readonly onError: (error: Error) => void;
}

/** A port of a pod, and the port of 127.0.0.1 that leads there. */
export interface PortOnMachine {
  readonly port: number;
  readonly at: number;
}

interface Exposed extends PortOnMachine {
  readonly pod: string;
  readonly door: ExposedPort;
}

/**
 * What pods with a network of their own listen on, at 127.0.0.1 of the machine: there a debugger or a browser looks for
 * it. The first pod has the same port where that is free, the others have the next ones.
 */
export class ExposedPorts {
  readonly #surroundings: Surroundings;
  /** By pod and port of the pod. */
  readonly #exposed = new Map<string, Exposed>();
  /** Those that no port could be had for; told once. */
  readonly #refused = new Set<string>();
  #looking: Promise<void> | undefined;
  #isStale = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Follows what pods listen on from now on. */
  start(): void {
    if (this.#surroundings.exposure !== "off") this.look();
  }

  /** Something may have changed; without a word it is noticed a little later. */
  look(): void {
    if (this.#closed || this.#surroundings.exposure === "off") return;
    if (this.#looking !== undefined) {
      this.#isStale = true;
      return;
    }
    clearTimeout(this.#timer);
    const began = performance.now();
    this.#looking = this.#follow()
      .catch(this.#surroundings.onError)
      .then(() => {
        this.#looking = undefined;
        if (this.#closed) return;
        const wait = this.#isStale ? 0 : Math.max(LOOK, SHARE * (performance.now() - began));
        this.#isStale = false;
        this.#timer = setTimeout(() => this.look(), wait).unref();
      });
  }

  /** Those of a pod, by its ports. */
  of({ namespace, name }: { readonly namespace: string; readonly name: string }): PortOnMachine[] {
    const pod = qualifiedName(namespace, name);
    return [...this.#exposed.values()]
      .filter((each) => each.pod === pod)
      .map(({ port, at }) => ({ port, at }))
      .sort((a, b) => a.port - b.port);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
    await Promise.all([...this.#exposed.values()].map(({ door }) => door.close()));
    this.#exposed.clear();
  }

  async #follow(): Promise<void> {
    const wanted = new Map(this.#wanted().map((each) => [each.id, each]));
    const gone = [...this.#exposed].filter(([id]) => !wanted.has(id));
    for (const [id] of gone) this.#exposed.delete(id);
    // Before others are opened, as they may be for what takes their place.
    await Promise.all(gone.map(([, { door }]) => door.close()));
    for (const id of this.#refused) if (!wanted.has(id)) this.#refused.delete(id);
    for (const [id, { pod, port, at }] of wanted) {
      if (this.#closed) return;
      if (this.#exposed.has(id) || this.#refused.has(id)) continue;
      const door = await this.#open(at, pod, port);
      if (door === undefined) this.#refused.add(id);
      else {
        const named = qualifiedName(pod.namespace, pod.name);
        this.#exposed.set(id, { pod: named, port: port.port, at: door.port, door });
      }
    }
  }

  #wanted() {
    const { exposure, listening } = this.#surroundings;
    const named = typeof exposure === "string" ? undefined : exposure;
    return listening().flatMap((pod) =>
      pod.ports.flatMap((port) => {
        const asked = named?.find((each) => each.port === port.port);
        if (named !== undefined && asked === undefined) return [];
        // What it is reached by is part of it: another program may listen there now.
        const id = `${pod.namespace}/${pod.name} ${pod.podIP} ${port.port} ${port.loopback ?? ""}`;
        return [{ id, pod, port, at: asked?.at ?? port.port }];
      }),
    );
  }

  /** @returns undefined when no port could be had; that is told. */
  async #open(first: number, pod: ListeningPod, port: PodPort): Promise<ExposedPort | undefined> {
    const { dial, onError } = this.#surroundings;
    let error: NodeJS.ErrnoException | undefined;
    for (let at = first, tries = 0; tries < TRIES && isPortNumber(at); at++, tries++) {
      try {
        return await exposePort(at, () => dial(pod, port), onError);
      } catch (cause) {
        error = cause as NodeJS.ErrnoException;
        if (error.code === "EACCES" && at < 1024) at = unprivilegedPort(first) - 1;
        else if (error.code !== "EADDRINUSE") break;
      }
    }
    const what = `port ${port.port} of pod ${pod.namespace}/${pod.name}`;
    onError(new Error(`${what} is not at 127.0.0.1: ${error?.message}`, { cause: error }));
    return undefined;
  }
}
