// A Service's selector change costs what it selects: the same cluster, Services of 10 to 10,000 pods.
// `node bench/store/proportional.mjs [dist]`
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { podStatus } from "./objects.mjs";

const dist = pathToFileURL(`${resolve(process.argv[2] ?? "dist")}/`);
const { Store } = await import(new URL("store/store.js", dist));
const { standardControllers } = await import(new URL("controllers/standard.js", dist));

const sizes = [10, 100, 1_000, 10_000];
const operations = [];
let number = 0;
for (const size of sizes) {
  for (let i = 0; i < size; i++, number++) {
    operations.push({
      op: "put",
      object: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `pod-${number}`, namespace: "shop", labels: { size: String(size) } },
        spec: { containers: [{ name: "main" }] },
        status: podStatus(number, true),
      },
    });
  }
}
const store = new Store({ controllers: standardControllers() });
store.apply(operations);

const service = (size) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop" },
  spec: { selector: { size: String(size) }, ports: [{ port: 80 }] },
});
const select = (size) => {
  const start = process.hrtime.bigint();
  store.apply([{ op: "put", object: service(size) }]);
  const time = Number(process.hrtime.bigint() - start) / 1000;
  const slices = store.list("EndpointSlice.discovery.k8s.io");
  const count = slices.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
  assert.equal(count, size === "none" ? 0 : size);
  return time;
};
for (const size of sizes) {
  const times = [];
  for (let i = 0; i < 31; i++) {
    times.push(select(size));
    select("none");
  }
  const median = times.sort((a, b) => a - b)[15];
  console.log(
    JSON.stringify({ pods: size, µs: +median.toFixed(1), "µs a pod": +(median / size).toFixed(2) }),
  );
}
