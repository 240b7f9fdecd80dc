// What one change costs in a cluster of 10,000 and of 100,000 pods, everything attached as in `kubelane up`:
// control loops, balancer, DNS and the gateway. Load, readiness flip, relabelling, Service selector change.
// After every hundredth change slices, DNS and balancer are asked. `node --expose-gc bench/store/settle.mjs [dist]`
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { clusterObjects, namespaceOf, podObject, podStatus } from "./objects.mjs";

const dist = pathToFileURL(`${resolve(process.argv[2] ?? "dist")}/`);
const { createEngine } = await import(new URL("index.js", dist));
const put = (object) => ({ op: "put", object });

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function microseconds(run) {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1000;
}

function memory() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

for (const size of [
  { pods: 10_000, services: 1_000, namespaces: 500 },
  { pods: 100_000, services: 10_000, namespaces: 500 },
]) {
  const { pods, services, namespaces } = size;
  const objects = clusterObjects(size);
  const before = memory();
  const engine = createEngine();
  const { store, balancer } = engine;
  await engine.listen({ dns: { listen: "127.0.0.1:0" }, gateway: { listen: "127.0.0.1:0" } });
  // A name is asked for through the engine's own DNS too, which follows the store as the server's does.
  engine.resolve("kubernetes.default.svc.cluster.local");
  const load = microseconds(() => store.apply(objects.map(put)));
  const held = memory() - before;
  const slicesOf = (service) =>
    store
      .list("EndpointSlice.discovery.k8s.io", { namespace: namespaceOf(service, namespaces) })
      .filter(({ metadata }) => metadata.labels["kubernetes.io/service-name"] === `svc-${service}`);
  const endpointsOf = (service) => slicesOf(service).flatMap((slice) => slice.endpoints);
  const endpointOf = (service, i) =>
    endpointsOf(service).find(({ targetRef }) => targetRef.name === `pod-${i}`);

  /** Whether DNS and balancer send somebody to the pod by way of the Service. */
  const serves = (service, i) => {
    const namespace = namespaceOf(service, namespaces);
    const ip = podStatus(i, true).podIP;
    const name = `${ip.replaceAll(".", "-")}.svc-${service}.${namespace}.svc.cluster.local`;
    const named = engine.resolve(name).answers.length === 1;
    const { backends } = balancer.lookup(namespace, `svc-${service}`, 80).table.cluster;
    assert.equal(
      backends.some((backend) => backend.address === ip),
      named,
    );
    return named;
  };

  assert.equal(store.list("EndpointSlice.discovery.k8s.io").length, services);
  const addresses = new Set(store.list("Service").map(({ spec }) => spec.clusterIP));
  assert.equal(addresses.size, services);
  assert.equal(endpointsOf(7).length, pods / services);

  const rounds = 4000;
  const step = 7919;
  const flip = (i, ready) => {
    const key = { kind: "Pod", namespace: namespaceOf(i % services, namespaces), name: `pod-${i}` };
    const batch = [{ op: "status", key, status: podStatus(i, ready) }];
    return microseconds(() => store.apply(batch));
  };
  // The same among 10,000 Pods of 1,000 Services, whatever the size: what is left is work, not cache misses.
  const nearby = [];
  for (let n = 0; n < 2 * rounds; n++) {
    const j = (n * step) % 10_000;
    const i = Math.floor(j / 1000) * services + (j % 1000);
    for (const ready of [false, true]) nearby.push(flip(i, ready));
  }
  nearby.splice(0, nearby.length / 2);
  const flips = [];
  for (let n = 0, i = 0; n < rounds; n++, i = (i + step) % pods) {
    for (const ready of [false, true]) {
      flips.push(flip(i, ready));
      if (n % 100 > 0) continue;
      assert.equal(endpointOf(i % services, i).conditions.ready, ready);
      assert.equal(serves(i % services, i), ready);
    }
  }

  const relabels = [];
  for (let n = 0, i = 1; n < rounds; n++, i = (i + step) % pods) {
    const own = i % services;
    const other = (own + namespaces) % services;
    for (const app of [other, own]) {
      const batch = [put(podObject(i, app, namespaces))];
      relabels.push(microseconds(() => store.apply(batch)));
      if (n % 100 === 0) {
        assert.equal(endpointOf(app, i)?.targetRef.name, `pod-${i}`);
        assert.equal(endpointOf(app === own ? other : own, i), undefined);
        assert.deepEqual(
          [own, other].filter((service) => serves(service, i)),
          [app],
        );
      }
    }
  }

  // The first selection in a namespace pays for its index.
  for (let i = 0; i < namespaces; i++) {
    const namespace = namespaceOf(i, namespaces);
    const { status, ...service } = store.get("Service", namespace, `svc-${i}`);
    for (const app of ["none", `app-${i}`]) {
      store.apply([put({ ...service, spec: { ...service.spec, selector: { app } } })]);
    }
  }
  const selections = [];
  for (let n = 0, i = 3; n < 500; n++, i = (i + step) % services) {
    const namespace = namespaceOf(i, namespaces);
    const { status, ...service } = store.get("Service", namespace, `svc-${i}`);
    for (const app of [(i + namespaces) % services, i]) {
      const batch = [
        put({ ...service, spec: { ...service.spec, selector: { app: `app-${app}` } } }),
      ];
      selections.push(microseconds(() => store.apply(batch)));
      if (n % 100 === 0) {
        const numbers = endpointsOf(i).map(
          ({ targetRef }) => Number(targetRef.name.slice(4)) % services,
        );
        assert.deepEqual(new Set(numbers), new Set([app]));
        assert.equal(numbers.length, pods / services);
      }
    }
  }

  const row = {
    pods,
    services,
    namespaces,
    "load s": +(load / 1e6).toFixed(2),
    "heap MiB over the objects": globalThis.gc ? Math.round(held) : "run with --expose-gc",
    "flip µs": +median(flips).toFixed(1),
    "flip among 10,000 µs": +median(nearby).toFixed(1),
    "relabel µs": +median(relabels).toFixed(1),
    "selector change µs (10 pods)": +median(selections).toFixed(1),
  };
  console.log(JSON.stringify(row));
  await engine.close();
}
