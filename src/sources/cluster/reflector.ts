import { asServed } from "../../objects/as-served.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { ApiError, type Query } from "./api-client.ts";
import type { BackOff } from "./back-off.ts";
import { type ListClient, listAll } from "./list.ts";
import { isRefusal } from "./read-cluster.ts";

/** Lists and watches one resource. */
export interface ReflectedResource {
  /** For example `/apis/apps/v1/namespaces/shop/deployments`. */
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
}

export interface ReflectorClient extends ListClient {
  open(path: string, query: Query, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
}

/** Receives what a reflector learns, in order; between two `replace` calls the changes are complete. */
export interface ReflectorSink {
  /** All objects. Known ones that are missing here were deleted. */
  replace(objects: readonly KubernetesObject[]): void;
  change(type: "put" | "delete", object: KubernetesObject): void;
  /** Why the server can't be followed at present; what is known is kept. */
  lost(error: Error): void;
  /** The server is followed again. */
  found(): void;
  /** The server refuses this list or watch for good: no right, or no such resource. No further call follows. */
  refused(error: ApiError): void;
}

export interface ReflectorOptions {
  readonly resource: ReflectedResource;
  readonly client: ReflectorClient;
  readonly sink: ReflectorSink;
  readonly backOff: BackOff;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Watches end by themselves after 5 to 10 minutes, so that load spreads over API servers. */
const WATCH_SECONDS = { least: 300, spread: 300 } as const;
/**
 * A watch that is silent for longer than it was asked to stay open has a dead connection. Milliseconds in addition to
 * the watch's own time.
 */
const WATCH_GRACE = 30_000;

/**
 * Keeps somebody informed of one resource, by a list and then a watch from its version, for ever.
 *
 * ```
 *   list ──pages──▶ replace ──▶ watch ──410──▶ list
 *    ▲                            │ ▲
 *    └── back-off ◀── error       └─┘ ends: watch again from the last version, bookmarks included
 * ```
 *
 * A sink may assume: after the first `replace` it knows a state that the server had; each change moves it to a
 * later one. Events of a broken watch are never told twice in another order, as every watch goes on from the
 * last version told. An object that can't be read is left out, never the list.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #stop = new AbortController();
  #version: string | undefined;
  #isLost = false;
  readonly done: Promise<void>;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.done = this.#run();
  }

  close(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { backOff, sink } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        // A watch that ends without any event is not opened again at once: a server may cut each one off.
        if (!(await this.#watch(this.#version as string))) await backOff.wait(this.#stop.signal);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (isExpired(error)) {
          // The server has forgotten this version: list again at once.
          this.#version = undefined;
          if (this.#isLost || this.#relisted) await backOff.wait(this.#stop.signal);
          this.#relisted = true;
          continue;
        }
        if (isRefusal(error) && !this.#hasListed) {
          sink.refused(error);
          return;
        }
        if (!this.#isLost) sink.lost(error as Error);
        this.#isLost = true;
        const retryAfter = error instanceof ApiError ? error.retryAfter : undefined;
        await backOff.wait(this.#stop.signal, retryAfter);
      }
    }
  }

  /** A right that was withdrawn later may be granted again. */
  #hasListed = false;
  /** Whether the last list followed a 410; after a second one in a row there is a pause. */
  #relisted = false;

  async #list(): Promise<void> {
    const { client, resource, sink } = this.#options;
    const { objects, version } = await listAll(client, resource.path, resource, this.#stop.signal);
    this.#isFollowed();
    sink.replace(objects);
    this.#version = version;
    this.#hasListed = true;
  }

  /** @returns whether any event arrived */
  async #watch(from: string): Promise<boolean> {
    const { client, resource, random } = this.#options;
    const seconds = Math.floor(WATCH_SECONDS.least + WATCH_SECONDS.spread * random());
    const silence = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, silence.signal]);
    const timer = setTimeout(
      () => silence.abort(new Error("the watch went silent")),
      seconds * 1000 + WATCH_GRACE,
    );
    timer.unref();
    try {
      const query = {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: from,
        timeoutSeconds: seconds,
      };
      const stream = await client.open(resource.path, query, signal);
      this.#isFollowed();
      let hasTold = false;
      for await (const line of linesOf(stream)) {
        this.#receive(line);
        hasTold = true;
      }
      return hasTold;
    } finally {
      clearTimeout(timer);
    }
  }

  #receive(line: string): void {
    const { resource, sink, backOff } = this.#options;
    const event = JSON.parse(line) as { type?: unknown; object?: unknown };
    const object = event.object as KubernetesObject | undefined;
    if (event.type === "ERROR") throw errorOf(event.object);
    const version = object?.metadata?.resourceVersion;
    if (typeof version !== "string" || version === "") return;
    if (event.type !== "BOOKMARK") {
      const read = asServed(object, resource.apiVersion, resource.kind);
      if (read !== undefined) sink.change(event.type === "DELETED" ? "delete" : "put", read);
    }
    this.#version = version;
    this.#relisted = false;
    // Only a watch with an event resets the back-off: one that is accepted and cut off at once must not be repeated
    // without a pause.
    backOff.reset();
  }

  #isFollowed(): void {
    if (this.#isLost) this.#options.sink.found();
    this.#isLost = false;
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === "Expired");
}

function errorOf(status: unknown): ApiError {
  const { code, reason, message } = (status ?? {}) as Record<string, unknown>;
  return new ApiError(
    Number(code) || 500,
    String(reason ?? ""),
    String(message ?? "the watch failed"),
  );
}

/** The longest line of a watch: objects have at most a few megabytes (etcd's limit). */
const MAX_LINE = 32 * 1024 * 1024;

/** The lines of a stream; a last one without its end was cut off, and is dropped. */
async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      if (line.length > 0) yield line.toString("utf8");
      parts = [];
      length = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > MAX_LINE) throw new Error(`a watch event of more than ${MAX_LINE} bytes`);
  }
}
