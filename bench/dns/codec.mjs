// The codec alone against dns-packet: decode a query, encode answers with 1 and 10 A records.
// Usage: node bench/dns/codec.mjs [DIST], DIST the folder of the built package (default ../../dist).
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import dnsPacket from "dns-packet";

const dist = process.argv[2] ?? resolve(import.meta.dirname, "../../dist");
const { decodeMessage, encodeMessage } = await import(pathToFileURL(`${dist}/dns/index.js`).href);

// As in a server: queries of 256 names come in turn, and the answer is made with the name as it was decoded.
const NAMES = 256;
const queries = Array.from({ length: NAMES }, (_, i) =>
  dnsPacket.encode({
    type: "query",
    id: 4711,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type: "A", name: `web-${100 + i}.shop.svc.cluster.local` }],
  }),
);
const addresses = (count) => Array.from({ length: count }, (_, i) => `10.244.1.${i + 1}`);

function ours(query, count) {
  const { name } = decodeMessage(query).questions[0];
  const questions = [{ name, type: "A", class: 1 }];
  const answers = addresses(count).map((data) => ({ name, type: "A", ttl: 5, data }));
  return { id: 4711, qr: true, aa: true, rd: true, questions, answers };
}

function theirs(query, count) {
  const { name } = dnsPacket.decode(query).questions[0];
  const answers = addresses(count).map((data) => ({ name, type: "A", ttl: 5, data }));
  const flags = dnsPacket.AUTHORITATIVE_ANSWER | dnsPacket.RECURSION_DESIRED;
  return { type: "response", id: 4711, flags, questions: [{ type: "A", name }], answers };
}

// What is measured gives the right answers: each reads what the other wrote.
for (const [i, query] of queries.entries()) {
  const name = `web-${100 + i}.shop.svc.cluster.local`;
  for (const count of [1, 10]) {
    const peer = dnsPacket.decode(Buffer.from(encodeMessage(ours(query, count))));
    const mine = decodeMessage(dnsPacket.encode(theirs(query, count)));
    for (const [answers, owner] of [
      [peer.answers, name],
      [mine.answers, `${name}.`],
    ]) {
      assert.deepEqual(
        answers.map(({ name, type, ttl, data }) => [name, type, ttl, data]),
        addresses(count).map((data) => [owner, "A", 5, data]),
      );
    }
  }
}

const CASES = {
  "decode query + encode 1 A": [1, true],
  "decode query + encode 10 A": [10, true],
  "encode 1 A": [1, false],
  "encode 10 A": [10, false],
};

function perSecond(run) {
  let count = 0;
  const start = process.cpuUsage();
  for (;;) {
    for (let i = 0; i < 8 * NAMES; i++) run(i % NAMES);
    count += 8 * NAMES;
    const { user, system } = process.cpuUsage(start);
    if (user + system > 250_000) return (count / (user + system)) * 1e6;
  }
}

const results = new Map();
for (let round = 0; round < 7; round++) {
  for (const [title, [count, decode]] of Object.entries(CASES)) {
    const mine = queries.map((query) => ours(query, count));
    const peer = queries.map((query) => theirs(query, count));
    const runs = {
      kubelane: decode
        ? (i) => {
            decodeMessage(queries[i]);
            encodeMessage(mine[i]);
          }
        : (i) => encodeMessage(mine[i]),
      "dns-packet": decode
        ? (i) => {
            dnsPacket.decode(queries[i]);
            dnsPacket.encode(peer[i]);
          }
        : (i) => dnsPacket.encode(peer[i]),
    };
    for (const [contender, run] of Object.entries(runs)) {
      const key = `${title}|${contender}`;
      results.set(key, [...(results.get(key) ?? []), perSecond(run)]);
    }
  }
}
// The least disturbed round of each; others may be using the machine.
const best = (list) => Math.max(...list);
for (const title of Object.keys(CASES)) {
  const mine = best(results.get(`${title}|kubelane`));
  const peer = best(results.get(`${title}|dns-packet`));
  const rate = (value) => `${(value / 1000).toFixed(0)}k/s`.padStart(8);
  console.log(
    `${title.padEnd(28)} kubelane ${rate(mine)}  dns-packet ${rate(peer)}  ${(mine / peer).toFixed(1)}x`,
  );
}
