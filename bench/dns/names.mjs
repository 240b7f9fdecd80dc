// What a name costs: the first question for it, each further one, and the memory that its answer takes.
// Usage: node --expose-gc bench/dns/names.mjs [DIST] [NAMES]
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { makeCluster } from "./cluster.mjs";

const dist = process.argv[2] ?? resolve(import.meta.dirname, "../../dist");
const count = Number(process.argv[3] ?? 100_000);
const load = (path) => import(pathToFileURL(`${dist}/${path}`).href);
const { createDns, decodeMessage, encodeMessage } = await load("dns/index.js");
const { Store } = await load("store/store.js");

const { objects, names } = makeCluster(count);
const store = new Store();
store.apply(objects.map((object) => ({ op: "put", object })));
const queries = names.map((name) =>
  Buffer.from(
    encodeMessage({ id: 1, rd: true, questions: [{ name: `${name}.`, type: "A", class: 1 }] }),
  ),
);
const ROUNDS = 7;
const used = () => {
  global.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
/** Microseconds of CPU for one question. */
const ask = (dns) => {
  const start = process.cpuUsage();
  for (const query of queries) dns.answer(query);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / count;
};
const [first, again, memory] = [[], [], []];
for (let round = 0; round < ROUNDS; round++) {
  const dns = createDns({ store, ttl: 5 });
  // What is made once is not a name's.
  dns.answer(queries[0]);
  const before = used();
  first.push(ask(dns));
  memory.push((used() - before) / count);
  again.push(ask(dns));
  const { answers } = decodeMessage(dns.answer(queries[count - 1]));
  assert.equal(answers.length, 1);
  await dns.close();
}
const range = (list, digits) => {
  const sorted = list.toSorted((a, b) => a - b);
  const [low, middle, high] = [0, sorted.length >> 1, sorted.length - 1].map((i) =>
    sorted[i].toFixed(digits),
  );
  return `${middle} (${low} to ${high})`;
};
console.log(`${count} names, ${ROUNDS} rounds, median and range:`);
console.log(`  the first question  ${range(first, 2)} µs`);
console.log(`  each further one    ${range(again, 2)} µs`);
console.log(`  memory of a name    ${range(memory, 0)} bytes`);
