// What a name costs: the first question for it, each further one, also while endpoints change, and the memory that
// its answer takes.
// Usage: node --expose-gc bench/dns/names.mjs [DIST] [NAMES]
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { makeCluster, makeSlice } from "./cluster.mjs";

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
/** As many questions for each change as when 130,000 a second come with 1,000 changes. */
const PER_CHANGE = 130;
let turn = 0;
/** The same with changes, and what a change costs without questions. */
const askAmidChanges = (dns) => {
  let asked = 0;
  const cpu = [0, 0];
  for (const part of [0, 1]) {
    const start = process.cpuUsage();
    for (let i = 0; i < count / PER_CHANGE; i++, turn++) {
      store.apply([{ op: "put", object: makeSlice((turn * 7919) % count, 1 + (turn % 3)) }]);
      if (part === 0) continue;
      for (let n = 0; n < PER_CHANGE; n++, asked++) dns.answer(queries[(asked * 7919) % count]);
    }
    const { user, system } = process.cpuUsage(start);
    cpu[part] = user + system;
  }
  return (cpu[1] - cpu[0]) / asked;
};
const [first, again, amid, memory] = [[], [], [], []];
for (let round = 0; round < ROUNDS; round++) {
  const dns = createDns({ store, ttl: 5 });
  // What is made once is not a name's.
  dns.answer(queries[0]);
  const before = used();
  first.push(ask(dns));
  memory.push((used() - before) / count);
  again.push(ask(dns));
  amid.push(askAmidChanges(dns));
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
console.log(`  amid changes        ${range(amid, 2)} µs, without what the changes themselves take`);
console.log(`  memory of a name    ${range(memory, 0)} bytes`);
