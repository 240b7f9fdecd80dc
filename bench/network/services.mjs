// Rules for many Services: node bench/network/services.mjs [SERVICES [ENDPOINTS]]
// How long the kernel's rules take to be there, and to follow one change of an endpoint.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createBalancer } from "../../dist/balancer/balancer.js";
import { KernelPlane } from "../../dist/network/kernel/kernel-plane.js";
import { Store } from "../../dist/store/store.js";

if (process.env["KUBELANE_BENCH_INSIDE"] === undefined) {
  const words = ["--user", "--map-root-user", "--net", process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, KUBELANE_BENCH_INSIDE: "1" };
  const { status } = spawnSync("unshare", words, { env, stdio: "inherit" });
  if (status === null) console.log("skipped: needs unshare");
  process.exit(status ?? 0);
}

const count = Number(process.argv[2] ?? 10_000);
const endpoints = Number(process.argv[3] ?? 3);
const CHANGES = 20;

const podAddress = (i) => `10.${128 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
const service = (i) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: `s${i}`, namespace: "shop" },
  spec: { clusterIP: `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`, ports: [{ port: 80 }] },
});
const slice = (i, shift = 0) => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: {
    name: `s${i}`,
    namespace: "shop",
    labels: { "kubernetes.io/service-name": `s${i}` },
  },
  addressType: "IPv4",
  endpoints: Array.from({ length: endpoints }, (_, n) => ({
    addresses: [podAddress(i * endpoints + n + shift)],
  })),
  ports: [{ port: 8080 }],
});

const store = new Store();
const put = (objects) => store.apply(objects.map((object) => ({ op: "put", object })));
put(Array.from({ length: count }, (_, i) => [service(i), slice(i)]).flat());
let transactions = 0;
const plane = new KernelPlane({
  store,
  balancer: createBalancer({ store }),
  places: { services: true, localAddress: (address) => address, nodePortHosts: [], everyPod: true },
  policy: "random",
  ownAddresses: new Set(),
  router: { IPv4: "169.254.1.1", IPv6: "fe80::6b75" },
  async run(commands) {
    transactions++;
    const nft = spawn("nft", ["-f", "-"], { stdio: ["pipe", "inherit", "inherit"] });
    nft.stdin.end(commands);
    const [code] = await once(nft, "close");
    if (code !== 0) throw new Error(`nft ended with ${code}`);
  },
  onFault: (error) => {
    throw error;
  },
});
plane.add(Array.from({ length: count * endpoints + 1 }, (_, i) => podAddress(i)));
const started = performance.now();
await plane.open();
const loaded = performance.now() - started;
console.log(
  `${count} Services with ${endpoints} endpoints: ${loaded.toFixed(0)} ms, ${transactions} transactions`,
);
const times = [];
for (let i = 0; i < CHANGES; i++) {
  const before = performance.now();
  put([slice(i, 1)]);
  await plane.settled();
  times.push(performance.now() - before);
}
times.sort((a, b) => a - b);
console.log(
  `one change: ${times[CHANGES / 2].toFixed(1)} ms, at most ${times.at(-1).toFixed(1)} ms`,
);
plane.close();
