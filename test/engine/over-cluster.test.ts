import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { EngineOptions } from "../../src/engine/options.ts";
import type { AttachEntry } from "../../src/manifests/local-config.ts";
import type { EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { keyOf } from "../../src/objects/object-key.ts";
import type { Source } from "../../src/sources/source.ts";
import { get } from "../support/up.ts";

const PATIENCE = { timeout: 20_000 };

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Where the local pods of all tests listen. */
let port: number;
let server: Server;
beforeAll(async () => {
  server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());

/** What another engine has, as a cluster would tell of it; in an order that says nothing. */
function clusterOf(engine: Engine): Source {
  let unsubscribe = () => {};
  return {
    async start(sink) {
      const all = engine.store.kinds().flatMap((kind) => engine.store.list(kind));
      sink.apply(all.reverse().map((object) => ({ op: "put", object: asRemote(object) })));
      unsubscribe = engine.store.subscribe((changes) =>
        sink.apply(
          changes
            .toReversed()
            .map(({ type, object }) =>
              type === "deleted"
                ? { op: "delete", key: keyOf(object) }
                : { op: "put", object: asRemote(object) },
            ),
        ),
      );
      return [];
    },
    reload: async () => [],
    owns: () => true,
    close: async () => unsubscribe(),
    [Symbol.asyncDispose]: async () => unsubscribe(),
  };
}

/** With uids that no local object has: ours depend on the name. */
function asRemote(object: KubernetesObject): KubernetesObject {
  const { uid, ownerReferences } = object.metadata;
  const owners = ownerReferences?.map((each) => ({ ...each, uid: `remote-${each.uid}` }));
  const metadata = {
    ...object.metadata,
    uid: `remote-${uid}`,
    ...(owners && { ownerReferences: owners }),
  };
  return { ...object, metadata };
}

const service = (name: string, more: object = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "shop" },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }], ...more },
});
const workload = (kind: string, name: string, replicas: number, more: object = {}) =>
  ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "shop" },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "main", image: "x", ports: [{ containerPort: 8080 }] }] },
      },
      ...more,
    },
  }) as KubernetesObject;

/** Pods of a cluster become ready at once, each with an address of its own. */
function cluster(...objects: KubernetesObject[]): Engine {
  const engine = createEngine();
  closing.push(() => engine.close());
  let addresses = 0;
  engine.store.subscribe((changes) => {
    const started = changes.filter(({ type, kind }) => type === "added" && kind === "Pod");
    if (started.length === 0) return;
    engine.store.apply(
      started.map(({ object }) => ({
        op: "status",
        key: keyOf(object),
        status: ready(`10.1.0.${++addresses}`),
      })),
    );
  });
  engine.store.apply(objects.map((object) => ({ op: "put", object })));
  return engine;
}

const ready = (podIP: string) => ({
  phase: "Running",
  podIP,
  podIPs: [{ ip: podIP }],
  conditions: [{ type: "Ready", status: "True" }],
});

async function over(source: Engine, options: EngineOptions = {}) {
  const engine = createEngine({ cluster: true, ...options });
  const told: string[] = [];
  engine.on("told", (message) => told.push(message));
  closing.push(() => engine.close());
  await engine.follow(clusterOf(source));
  return { engine, told };
}

const attach = (kind: string, name: string, more: Partial<AttachEntry> = {}): AttachEntry => ({
  target: { namespace: "shop", kind, name },
  addresses: [{ host: "127.0.0.1", port }],
  position: { file: "x", line: 1, column: 1 },
  ...more,
});

/** The Pods that endpoints of a Service are, over all its EndpointSlices. */
const endpoints = ({ store }: Engine, name: string) =>
  store
    .list("EndpointSlice.discovery.k8s.io", { namespace: "shop" })
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name)
    .flatMap((slice) => (slice as EndpointSlice).endpoints ?? [])
    .map(({ targetRef }) => targetRef?.name ?? "?")
    .sort();
const podNames = ({ store }: Engine) =>
  store
    .list("Pod")
    .map(({ metadata }) => metadata.name)
    .sort();

describe("local pods over a cluster", () => {
  it("take the place of a workload's in its Services, and give it back", async () => {
    const remote = cluster(
      service("web"),
      workload("Deployment", "web", 3),
      service("db"),
      workload("Deployment", "db", 1),
    );
    const { engine } = await over(remote);
    const before = endpoints(engine, "web");
    expect(before).toHaveLength(3);
    const db = endpoints(engine, "db");
    engine.startPods({ run: [], attach: [attach("Deployment.apps", "web")] });
    await expect.poll(() => endpoints(engine, "web"), PATIENCE).toEqual(["web-local-0"]);
    expect(podNames(engine)).toEqual([...db, "web-local-0"]);
    expect(endpoints(engine, "db")).toEqual(db);
    // A roll-out in the cluster meanwhile changes nothing here.
    const [deployment] = remote.store
      .list("Deployment.apps", { namespace: "shop" })
      .filter(({ metadata }) => metadata.name === "web");
    const template = deployment!.spec.template;
    remote.store.apply([
      {
        op: "put",
        object: {
          ...deployment!,
          spec: {
            ...deployment!.spec,
            template: { ...template, metadata: { labels: { app: "web", release: "2" } } },
          },
        },
      },
    ]);
    expect(endpoints(engine, "web")).toEqual(["web-local-0"]);
    const rolled = endpoints(remote, "web");
    expect(rolled).not.toEqual(before);
    engine.startPods({ run: [], attach: [] });
    await expect.poll(() => endpoints(engine, "web"), PATIENCE).toEqual(rolled);
    expect(podNames(engine)).toEqual(podNames(remote));
  });

  it("join them where they are beside them", async () => {
    const remote = cluster(service("web"), workload("Deployment", "web", 2));
    const { engine } = await over(remote);
    const own = endpoints(engine, "web");
    engine.startPods({ run: [], attach: [attach("Deployment.apps", "web", { beside: true })] });
    await expect
      .poll(() => endpoints(engine, "web"), PATIENCE)
      .toEqual([...own, "web-local-0"].sort());
  });

  it("have the names of a StatefulSet's, or the next ones", async () => {
    const remote = cluster(
      service("db", { clusterIP: "None" }),
      workload("StatefulSet", "db", 2, { serviceName: "db" }),
    );
    const { engine } = await over(remote);
    expect(podNames(engine)).toEqual(["db-0", "db-1"]);
    engine.startPods({ run: [], attach: [attach("StatefulSet.apps", "db")] });
    await expect.poll(() => endpoints(engine, "db"), PATIENCE).toEqual(["db-0"]);
    const answer = () => JSON.stringify(engine.resolve("db-0.db.shop.svc.cluster.local").answers);
    await expect.poll(answer, PATIENCE).toContain("10.247.");
    engine.startPods({ run: [], attach: [] });
    await expect.poll(() => endpoints(engine, "db"), PATIENCE).toEqual(["db-0", "db-1"]);
    expect(JSON.stringify(engine.resolve("db-0.db.shop.svc.cluster.local").answers)).not.toContain(
      "10.247.",
    );
    const both = await over(remote);
    both.engine.startPods({
      run: [],
      attach: [attach("StatefulSet.apps", "db", { beside: true })],
    });
    await expect
      .poll(() => endpoints(both.engine, "db"), PATIENCE)
      .toEqual(["db-0", "db-1", "db-2"]);
  });

  it("are there for a workload that comes later, and go with it", async () => {
    const remote = cluster(service("web"));
    const { engine } = await over(remote);
    engine.startPods({ run: [], attach: [attach("Deployment.apps", "web")] });
    expect(endpoints(engine, "web")).toEqual([]);
    remote.store.apply([{ op: "put", object: workload("Deployment", "web", 2) }]);
    await expect.poll(() => endpoints(engine, "web"), PATIENCE).toEqual(["web-local-0"]);
    remote.store.apply([
      { op: "delete", key: { kind: "Deployment.apps", namespace: "shop", name: "web" } },
    ]);
    await expect.poll(() => podNames(engine), PATIENCE).toEqual([]);
  });
});

describe("routes of a cluster", () => {
  it("are served at the gateway, and their statuses stay as the cluster has them", async () => {
    const http = createHttpServer((_, response) => response.end("shop")).listen(0, "127.0.0.1");
    await once(http, "listening");
    closing.push(() => http.close());
    const path = {
      path: "/",
      pathType: "Prefix",
      backend: { service: { name: "web", port: { number: 80 } } },
    };
    const status = { loadBalancer: { ingress: [{ ip: "203.0.113.7" }] } };
    const remote = createEngine({ controllers: [] });
    closing.push(() => remote.close());
    remote.store.apply(
      [
        service("web", { clusterIP: "10.96.0.9" }),
        workload("Deployment", "web", 1),
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "Ingress",
          metadata: { name: "shop", namespace: "shop" },
          spec: {
            ingressClassName: "nginx",
            rules: [{ host: "shop.test", http: { paths: [path] } }],
          },
          status,
        },
      ].map((object) => ({ op: "put", object })),
    );
    const { engine } = await over(remote);
    const { port: local } = http.address() as AddressInfo;
    const entry = attach("Deployment.apps", "web", {
      addresses: [{ host: "127.0.0.1", port: local }],
    });
    engine.startPods({ run: [], attach: [entry] });
    const { gateway } = await engine.listen({ gateway: { listen: "127.0.0.1:0" } });
    const answer = () => get({ port: gateway!.port, headers: { host: "shop.test" } });
    await expect.poll(answer, PATIENCE).toEqual({ status: 200, body: "shop" });
    expect(engine.store.get("Ingress.networking.k8s.io", "shop", "shop")?.status).toEqual(status);
  });
});

describe("manifests over a cluster", () => {
  it("bring what it has not: a Service that selects its pods, and one with pods of its own", async () => {
    const remote = cluster(service("web"), workload("Deployment", "web", 2));
    const { engine, told } = await over(remote);
    await engine.load([
      service("front", { selector: { app: "web" } }),
      service("new"),
      workload("Deployment", "new", 1),
    ]);
    expect(endpoints(engine, "front")).toEqual(endpoints(remote, "web"));
    expect(podNames(engine).filter((name) => name.startsWith("new-"))).toHaveLength(1);
    expect(told).toEqual([]);
    const ip = (name: string) => engine.store.get("Service", "shop", name)?.spec.clusterIP;
    expect([ip("web"), ip("new")?.startsWith("10.246.")]).toEqual([
      remote.store.get("Service", "shop", "web")?.spec.clusterIP,
      true,
    ]);
  });

  it("count over what it has of the same name, with all that hangs on it, as long as they are there", async () => {
    const remote = cluster(service("web"), workload("Deployment", "web", 2));
    const { engine, told } = await over(remote);
    await engine.load(workload("Deployment", "web", 1));
    expect(told).toEqual([
      "what the manifests say of Deployment shop/web counts here, not what the cluster has",
    ]);
    const pods = podNames(engine);
    expect(pods).toHaveLength(1);
    expect(podNames(remote)).not.toContain(pods[0]);
    // Nobody runs it here, so that it is no endpoint.
    expect(endpoints(engine, "web")).toEqual([]);
    const key = { kind: "Deployment.apps", namespace: "shop", name: "web" };
    engine.store.apply([{ op: "delete", key }]);
    expect(podNames(engine)).toEqual(podNames(remote));
    expect(endpoints(engine, "web")).toEqual(endpoints(remote, "web"));
  });
});

describe("a cluster below local objects", () => {
  const step = fc.oneof(
    fc.record({ put: fc.constantFrom("a", "b"), replicas: fc.integer({ min: 0, max: 2 }) }),
    fc.record({ remove: fc.constantFrom("a", "b") }),
    fc.record({ local: fc.constantFrom("a", "b") }),
    fc.record({ without: fc.constantFrom("a", "b") }),
    fc.record({ attach: fc.constantFrom("a", "b", undefined), beside: fc.boolean() }),
  );
  const at = (name: string) => ({ kind: "Deployment.apps", namespace: "shop", name });
  const deployment = (name: string, replicas: number) => workload("Deployment", name, replicas);
  /** What names lead by, without what an order of events may choose: names and addresses of local pods. */
  const state = (engine: Engine, remote: Engine) => {
    const ours = (name: string) => (podNames(remote).includes(name) ? name : "local");
    return {
      a: endpoints(engine, "a").map(ours).sort(),
      b: endpoints(engine, "b").map(ours).sort(),
      pods: podNames(engine).map(ours).sort(),
    };
  };

  it("is seen alike, in whatever order things came", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const remote = cluster(service("a"), service("b"), deployment("a", 2));
        const { engine } = await over(remote);
        engine.startPods({ run: [], attach: [] });
        const local = new Set<string>();
        let entries: AttachEntry[] = [];
        for (const each of steps) {
          if ("put" in each) {
            remote.store.apply([{ op: "put", object: deployment(each.put, each.replicas) }]);
          } else if ("remove" in each) {
            remote.store.apply([{ op: "delete", key: at(each.remove) }]);
          } else if ("local" in each) {
            local.add(each.local);
            await engine.load(deployment(each.local, 1));
          } else if ("without" in each) {
            if (local.delete(each.without)) {
              engine.store.apply([{ op: "delete", key: at(each.without) }]);
            }
          } else {
            const { attach: name, beside } = each;
            entries = name === undefined ? [] : [attach("Deployment.apps", name, { beside })];
            engine.startPods({ run: [], attach: entries });
          }
        }
        const fresh = await over(remote);
        for (const name of local) await fresh.engine.load(deployment(name, 1));
        fresh.engine.startPods({ run: [], attach: entries });
        await expect
          .poll(() => state(engine, remote), PATIENCE)
          .toEqual(state(fresh.engine, remote));
        // What is the cluster's is as the cluster has it.
        for (const kind of ["Deployment.apps", "ReplicaSet.apps", "Pod"]) {
          for (const object of engine.store.list(kind)) {
            const { name, uid } = object.metadata;
            const theirs = remote.store.get(kind, "shop", name);
            if (uid !== `remote-${theirs?.metadata.uid}`) continue;
            expect(object.status).toEqual(theirs?.status);
            expect(object.spec).toEqual(theirs?.spec);
          }
        }
        for (const close of closing.splice(0).reverse()) await close();
      }),
      { numRuns: 30, endOnFailure: true },
    );
  }, 120_000);
});
