// Pods that Deployments made: 10,000 Deployments of ten pods behind as many Services. Load, a pod that
// becomes ready (its ReplicaSet's and Deployment's status included), scaling by one. Answers are checked.
// `node --expose-gc bench/store/workloads.mjs [dist]`
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { podStatus } from "./objects.mjs";

const dist = pathToFileURL(`${resolve(process.argv[2] ?? "dist")}/`);
const { Store } = await import(new URL("store/store.js", dist));
const { standardControllers } = await import(new URL("controllers/standard.js", dist));
const put = (object) => ({ op: "put", object });

function median(values) {
  return +values.sort((a, b) => a - b)[values.length >> 1].toFixed(1);
}

function microseconds(run) {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1000;
}

function deployment(i, namespaces, replicas = 10) {
  const labels = { app: `app-${i}` };
  const containers = [{ name: "main", ports: [{ name: "http", containerPort: 8080 }] }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `app-${i}`, namespace: `ns-${i % namespaces}` },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}

function service(i, namespaces) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `svc-${i}`, namespace: `ns-${i % namespaces}` },
    spec: { selector: { app: `app-${i}` }, ports: [{ port: 80, targetPort: "http" }] },
  };
}

for (const workloads of [1_000, 10_000]) {
  const namespaces = 500;
  const operations = [];
  for (let i = 0; i < workloads; i++) {
    operations.push(put(service(i, namespaces)), put(deployment(i, namespaces)));
  }
  globalThis.gc?.();
  const store = new Store({ controllers: standardControllers({ isRun: () => true }) });
  const load = microseconds(() => store.apply(operations));
  const pods = store.list("Pod");
  assert.equal(pods.length, workloads * 10);

  const flips = [];
  for (let n = 0; n < 4000; n++) {
    const i = (n * 7919) % pods.length;
    const { namespace, name } = pods[i].metadata;
    const operation = {
      op: "status",
      key: { kind: "Pod", namespace, name },
      status: podStatus(i, true),
    };
    flips.push(microseconds(() => store.apply([operation])));
  }
  const count = (kind, field) =>
    store.list(kind).reduce((sum, { status }) => sum + (status[field] ?? 0), 0);
  assert.equal(count("Deployment.apps", "readyReplicas"), 4000);
  const endpoints = store
    .list("EndpointSlice.discovery.k8s.io")
    .flatMap((slice) => slice.endpoints);
  assert.equal(endpoints.filter(({ conditions }) => conditions.ready).length, 4000);

  const scales = [];
  // The first round pays for each namespace's label index.
  for (let n = 0; n < 1000; n++) {
    if (n === 500) scales.length = 0;
    for (const replicas of [11, 10]) {
      const operation = put(
        deployment((n * 7) % Math.min(workloads, namespaces), namespaces, replicas),
      );
      scales.push(microseconds(() => store.apply([operation])));
    }
  }
  assert.equal(store.count("Pod"), workloads * 10);
  console.log(
    JSON.stringify({
      deployments: workloads,
      pods: pods.length,
      "load s": +(load / 1e6).toFixed(2),
      "ready µs": median(flips),
      "scale by one µs": median(scales),
    }),
  );
}
