// 10,000 headless Services, one endpoint moved: the time from store.apply to an answer that has it.
// Usage: node bench/dns/change.mjs [DIST]
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { PerformanceObserver } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { makeCluster, makeSlice } from "./cluster.mjs";

const dist = process.argv[2] ?? resolve(import.meta.dirname, "../../dist");
const load = (path) => import(pathToFileURL(`${dist}/${path}`).href);
const { createDns, decodeMessage, encodeMessage } = await load("dns/index.js");
const { Store } = await load("store/store.js");

const SERVICES = 10_000;
const { objects, names } = makeCluster(SERVICES);
for (const { kind, spec } of objects) {
  if (kind === "Service") Object.assign(spec, { clusterIP: "None", clusterIPs: ["None"] });
}
const store = new Store();
store.apply(objects.map((object) => ({ op: "put", object })));
const dns = createDns({ store });
const queries = names.map((name) =>
  encodeMessage({ id: 1, rd: true, questions: [{ name: `${name}.`, type: "A", class: 1 }] }),
);
for (const query of queries) dns.answer(query);

const collections = [];
new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({
  entryTypes: ["gc"],
});
const times = [];
const slow = [];
for (let i = 0; i < 12_000; i++) {
  const n = (i * 7919) % SERVICES;
  const slice = makeSlice(n, 1 + Math.floor(i / SERVICES) * 3 + (i % 3));
  const start = performance.now();
  store.apply([{ op: "put", object: slice }]);
  const reply = dns.answer(queries[n]);
  const time = performance.now() - start;
  const found = decodeMessage(reply).answers.map(({ data }) => data);
  const expected = slice.endpoints.flatMap(({ addresses }) => addresses);
  assert.deepEqual(found.sort(), [...new Set(expected)].sort());
  if (i >= 2000) times.push(time * 1000);
  if (i >= 2000 && time > 1) slow.push({ start, end: start + time });
}
times.sort((a, b) => a - b);
const at = (share) => times[Math.floor(times.length * share)].toFixed(0);
console.log(
  `apply to answer, ${times.length} changes among ${SERVICES} Services: ` +
    `median ${at(0.5)} µs, 99 % ${at(0.99)} µs, 99.9 % ${at(0.999)} µs`,
);
// The entries about the garbage collector come when the loop is over.
await new Promise((done) => setTimeout(done, 50));
const collected = slow.filter(({ start, end }) =>
  collections.some((gc) => gc.startTime < end && gc.startTime + gc.duration > start),
);
console.log(
  `${slow.length} took more than 1 ms, ${collected.length} of them with a garbage collection`,
);
