import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import type { KubernetesObject } from "../../../src/objects/object.ts";
import { ApiClient, ApiError } from "../../../src/sources/cluster/api-client.ts";
import { BackOff } from "../../../src/sources/cluster/back-off.ts";
import { ClusterSource } from "../../../src/sources/cluster/cluster-source.ts";
import { CredentialSource } from "../../../src/sources/cluster/credentials.ts";
import type { ReflectorClient } from "../../../src/sources/cluster/reflector.ts";
import { Store } from "../../../src/store/store.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A cluster of our own: an engine with its API, and a client of that. */
async function cluster(): Promise<{ engine: Engine; client: ApiClient }> {
  const engine = createEngine();
  closing.push(() => engine.close());
  const { api } = await engine.listen({ api: { listen: "127.0.0.1:0" } });
  const entry = {
    name: "c",
    server: new URL(`https://127.0.0.1:${api!.port}`),
    ca: Buffer.from(api!.ca),
    insecureSkipTlsVerify: false,
    source: {},
  };
  const user = { name: "u", token: api!.token };
  const credentials = new CredentialSource({ user, cluster: entry, env: {}, now: Date.now });
  const client = new ApiClient({ cluster: entry, credentials, userAgent: "test" });
  closing.push(() => client.close());
  return { engine, client };
}

/** Waits, but not long: what is tested is that somebody waits. */
const sleep = () => new Promise<void>((resolve) => setImmediate(resolve));

function follow(client: ReflectorClient, more: object = {}) {
  const store = new Store();
  const told: string[] = [];
  const source = new ClusterSource({
    client,
    name: "dev",
    ownNamespace: "default",
    sleep,
    ...more,
  });
  const start = source.start({
    apply: (batch) => void store.apply(batch),
    told: (message) => told.push(message),
    fault: (error) => told.push(error.message),
  });
  closing.push(() => source.close());
  return { store, told, source, start };
}

const service = (name: string, port = 80): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "default" },
  spec: { selector: { app: name }, ports: [{ port }] },
});
const put = (object: KubernetesObject) => ({ op: "put", object }) as const;
const remove = (name: string) =>
  ({ op: "delete", key: { kind: "Service", namespace: "default", name } }) as const;

/** Services with their ports and addresses, which is what names lead by. */
const state = (store: Pick<Store, "list">) =>
  store
    .list("Service")
    .map(({ metadata, spec }) => `${metadata.name} ${spec.clusterIP} ${spec.ports?.[0]?.port}`)
    .sort();

describe("a followed cluster", () => {
  it("is as the server has it, from the start and with every change", async () => {
    const { engine, client } = await cluster();
    engine.store.apply([put(service("a")), put(service("b"))]);
    const { store, source, start } = follow(client);
    await start;
    expect(state(store)).toEqual(state(engine.store));
    expect(source.owns({ kind: "Service", namespace: "default", name: "a" })).toBe(true);
    engine.store.apply([put(service("c")), put(service("a", 81)), remove("b")]);
    await expect.poll(() => state(store)).toEqual(state(engine.store));
    expect(source.owns({ kind: "Service", namespace: "default", name: "b" })).toBe(false);
    expect(store.list("Namespace").map(({ metadata }) => metadata.name)).toContain("default");
  });

  it("is followed only where the user may", async () => {
    const { engine, client } = await cluster();
    engine.store.apply([put(service("a"))]);
    const forbidden = new ApiError(403, "Forbidden", "no");
    const limited: ReflectorClient = {
      get: (path, query, signal) => {
        if (!path.includes("/namespaces/default/")) throw forbidden;
        if (path.endsWith("/pods")) throw forbidden;
        return client.get(path, query, signal);
      },
      open: (path, query, signal) => client.open(path, query, signal),
    };
    const { store, told, start } = follow(limited);
    await start;
    expect(state(store)).toEqual(state(engine.store));
    expect(told).toEqual([
      "dev: only namespace default is followed, as this user may not list all",
      "dev: pods are missing: no",
    ]);
  });

  it("keeps what it knew while the server is away, and says so once", async () => {
    const { engine, client } = await cluster();
    engine.store.apply([put(service("a"))]);
    let isAway = false;
    const streams = new Set<AbortController>();
    let now = 0;
    const flaky: ReflectorClient = {
      get: (path, query, signal) => {
        if (isAway) throw new Error("connect ECONNREFUSED");
        return client.get(path, query, signal);
      },
      open: (path, query, signal) => {
        if (isAway) throw new Error("connect ECONNREFUSED");
        const cut = new AbortController();
        streams.add(cut);
        return client.open(path, query, AbortSignal.any([signal, cut.signal]));
      },
    };
    const { store, told, source, start } = follow(flaky, { now: () => now });
    await start;
    const known = state(store);
    isAway = true;
    for (const each of streams) each.abort(new Error("read ECONNRESET"));
    await expect.poll(() => told).toHaveLength(1);
    expect(told[0]).toMatch(
      /^dev can't be followed \(.*\): the last known state, of 1970-01-01T00:00:00.000Z, keeps serving$/,
    );
    engine.store.apply([put(service("b")), remove("a")]);
    expect(state(store)).toEqual(known);
    now += 7_000;
    expect(source.trouble).toMatch(/^dev can't be followed \(.*\): what serves is 7 s old$/);
    isAway = false;
    await expect.poll(() => state(store)).toEqual(state(engine.store));
    await expect.poll(() => told.slice(1)).toEqual(["dev: followed again, after 7 s"]);
    expect(source.trouble).toBeUndefined();
  });

  it("forgets what was deleted while the server forgot the version", async () => {
    const { engine, client } = await cluster();
    engine.store.apply([put(service("a")), put(service("b"))]);
    const streams = new Set<AbortController>();
    let hasForgotten = false;
    const forgetful: ReflectorClient = {
      get: (...args) => client.get(...args),
      open: (path, query, signal) => {
        // Until it is listed again, every watch from an old version is answered so.
        if (hasForgotten && Number(query["resourceVersion"]) < engine.store.resourceVersion) {
          throw new ApiError(410, "Expired", "too old");
        }
        const cut = new AbortController();
        streams.add(cut);
        return client.open(path, query, AbortSignal.any([signal, cut.signal]));
      },
    };
    const { store, start } = follow(forgetful);
    await start;
    hasForgotten = true;
    for (const each of streams) each.abort(new Error("read ECONNRESET"));
    engine.store.apply([remove("a"), put(service("c"))]);
    await expect.poll(() => state(store)).toEqual(state(engine.store));
    expect(state(store).join()).not.toContain("a ");
  });

  it("fails to start where the server can't be asked at all", async () => {
    const client: ReflectorClient = {
      get: () => Promise.reject(new Error("connect ECONNREFUSED")),
      open: () => Promise.reject(new Error("connect ECONNREFUSED")),
    };
    await expect(follow(client).start).rejects.toThrow("ECONNREFUSED");
  });

  it("tells nothing any more once it is closed", async () => {
    const { engine, client } = await cluster();
    const { store, source, start } = follow(client);
    await start;
    await source.close();
    const known = state(store);
    const count = engine.store.count("Service");
    engine.store.apply([put(service("a"))]);
    await expect.poll(() => engine.store.count("Service")).toBe(count + 1);
    expect(state(store)).toEqual(known);
  });

  it("ends where the server is, whatever breaks on the way", async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          put: fc.constantFrom("a", "b", "c"),
          port: fc.integer({ min: 1, max: 9 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ remove: fc.constantFrom("a", "b", "c") }) },
      { weight: 2, arbitrary: fc.constantFrom(...STREAM_FAULTS, ...ANSWER_FAULTS) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { engine, client } = await cluster();
        const faulty = new FaultyClient(client);
        const { store, source, start } = follow(faulty);
        await start;
        for (const each of steps) {
          if (typeof each === "string") faulty.fail(each);
          else if ("put" in each) engine.store.apply([put(service(each.put, each.port))]);
          else engine.store.apply([remove(each.remove)]);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await expect.poll(() => state(store)).toEqual(state(engine.store));
        await source.close();
        client.close();
        await engine.close();
      }),
      { numRuns: 25 },
    );
  }, 180_000);
});

/** What happens to open watches. */
const STREAM_FAULTS = ["reset", "garbage", "cut", "expire"] as const;
/** What the next list is answered with. */
const ANSWER_FAULTS = ["refuse", "throttle", "break", "compact", "truncate", "delay"] as const;
type AnswerFault = (typeof ANSWER_FAULTS)[number];
type Fault = (typeof STREAM_FAULTS)[number] | AnswerFault;

const isAnswerFault = (fault: Fault): fault is AnswerFault =>
  (ANSWER_FAULTS as readonly string[]).includes(fault);

const ANSWERS: Readonly<Record<AnswerFault, () => Error | undefined>> = {
  refuse: () => new ApiError(503, "ServiceUnavailable", "not now", 1),
  throttle: () => new ApiError(429, "TooManyRequests", "slower, please", 1),
  break: () => new ApiError(500, "InternalError", "etcdserver: leader changed"),
  compact: () => new ApiError(410, "Expired", "the continue token is too old"),
  truncate: () => new SyntaxError("Unexpected end of JSON input"),
  delay: () => undefined,
};

/** Breaks what is open in a way, or what is asked next. */
class FaultyClient implements ReflectorClient {
  readonly #client: ApiClient;
  readonly #open = new Set<(fault: Fault) => void>();
  #next: AnswerFault | undefined;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  fail(fault: Fault): void {
    // A list follows only where the watch has ended and its version is forgotten.
    if (isAnswerFault(fault)) this.#next = fault;
    for (const each of this.#open) each(isAnswerFault(fault) ? "expire" : fault);
  }

  async get(...args: Parameters<ApiClient["get"]>) {
    const fault = this.#next;
    this.#next = undefined;
    if (fault !== undefined) {
      const error = ANSWERS[fault]();
      if (error !== undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.#client.get(...args);
  }

  async open(...[path, query, signal]: Parameters<ReflectorClient["open"]>) {
    const cut = new AbortController();
    const stream = await this.#client.open(path, query, AbortSignal.any([signal, cut.signal]));
    let fault: Fault | undefined;
    const strike = (what: Fault) => {
      fault ??= what;
      cut.abort();
    };
    const open = this.#open;
    open.add(strike);
    return (async function* () {
      try {
        yield* stream as AsyncIterable<Buffer>;
      } catch (error) {
        if (fault === "garbage") yield Buffer.from('{"type":"ADDED","obj\n');
        // A line without its end, and then a good end: what an idle proxy leaves of a stream.
        else if (fault === "cut")
          yield Buffer.from('{"type":"ADDED","object":{"metadata":{"name":"gh');
        else if (fault === "expire") {
          const status = { kind: "Status", code: 410, reason: "Expired", message: "too old" };
          yield Buffer.from(`${JSON.stringify({ type: "ERROR", object: status })}\n`);
        } else throw error;
      } finally {
        open.delete(strike);
      }
    })();
  }
}

describe("the time between attempts", () => {
  it("doubles up to its cap, with jitter, not less than the server asks, and begins anew", async () => {
    const slept: number[] = [];
    let random = 0;
    const backOff = new BackOff({
      base: 100,
      cap: 1000,
      random: () => random,
      sleep: async (milliseconds) => void slept.push(milliseconds),
    });
    const { signal } = new AbortController();
    for (let i = 0; i < 6; i++) await backOff.wait(signal);
    expect(slept).toEqual([50, 100, 200, 400, 500, 500]);
    random = 0.999;
    await backOff.wait(signal);
    expect(slept.at(-1)).toBeCloseTo(1499, 0);
    await backOff.wait(signal, 60_000);
    expect(slept.at(-1)).toBe(60_000);
    backOff.reset();
    random = 0;
    await backOff.wait(signal);
    expect(slept.at(-1)).toBe(50);
  });
});
