// How long 10,000 Services with three endpoints each take until a relay listens for every one of them, and what
// they weigh: `node bench/proxy/start.mjs DIST [COUNT]`. Needs `ulimit -n` above the count.
import { pathToFileURL } from "node:url";

const [dist = "dist", count = "10000"] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${dist}/${path}`).href);
const { createBalancer, createRelays, directDialer } = await load("proxy/index.js");
const { Store } = await load("store/store.js");

const operations = [];
for (let i = 0; i < Number(count); i++) {
  const name = `web-${i}`;
  const namespace = `shop-${i % 100}`;
  const put = (object) => operations.push({ op: "put", object });
  put({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: {
      clusterIP: `10.96.${i >> 8}.${i & 255}`,
      ports: [{ port: 18080 }],
      selector: { app: name },
    },
  });
  put({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-1`, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ port: 8080 }],
    endpoints: [1, 2, 3].map((n) => ({ addresses: [`10.244.${i >> 8}.${(i + n) & 255}`] })),
  });
}
const store = new Store();
store.apply(operations);
const resident = process.memoryUsage().rss;
const cpu = process.cpuUsage();
const began = performance.now();
const balancer = createBalancer({ store });
const relays = createRelays({ store, balancer, dialer: directDialer });
const blocked = performance.now() - began;
await relays.settled();
const wall = performance.now() - began;
const { user, system } = process.cpuUsage(cpu);
const listening = relays.listening().length;
const megabytes = (process.memoryUsage().rss - resident) / 1e6;
console.log(
  `  ${listening} listening after ${wall.toFixed(0)} ms (${blocked.toFixed(0)} ms before the first could answer), ${((user + system) / 1000).toFixed(0)} ms CPU, ${megabytes.toFixed(0)} MB more resident`,
);
process.exit(listening === Number(count) ? 0 : 1);
