// The codec alone against dns-packet: decode a query, encode answers with 1 and 10 A records.
// Usage: node bench/dns/codec.mjs [DIST], DIST the folder of the built package (default ../../dist).
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import dnsPacket from "dns-packet";

const dist = process.argv[2] ?? resolve(import.meta.dirname, "../../dist");
const { decodeMessage, encodeMessage } = await import(pathToFileURL(`${dist}/dns/index.js`).href);

const name = "web-17.shop.svc.cluster.local";
const query = dnsPacket.encode({
  type: "query",
  id: 4711,
  flags: dnsPacket.RECURSION_DESIRED,
  questions: [{ type: "A", name }],
});
const addresses = (count) => Array.from({ length: count }, (_, i) => `10.244.1.${i + 1}`);

function ours(count) {
  const questions = [{ name: `${name}.`, type: "A", class: 1 }];
  const answers = addresses(count).map((data) => ({ name: `${name}.`, type: "A", ttl: 5, data }));
  return { id: 4711, qr: true, aa: true, rd: true, questions, answers };
}

function theirs(count) {
  const answers = addresses(count).map((data) => ({ name, type: "A", ttl: 5, data }));
  const flags = dnsPacket.AUTHORITATIVE_ANSWER | dnsPacket.RECURSION_DESIRED;
  return { type: "response", id: 4711, flags, questions: [{ type: "A", name }], answers };
}

// What is measured gives the right answers.
assert.equal(decodeMessage(query).questions[0].name, `${name}.`);
for (const count of [1, 10]) {
  const peer = dnsPacket.decode(Buffer.from(encodeMessage(ours(count))));
  assert.deepEqual(
    peer.answers.map(({ data }) => data),
    addresses(count),
  );
  assert.equal(decodeMessage(dnsPacket.encode(theirs(count))).answers.length, count);
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
    for (let i = 0; i < 2000; i++) run();
    count += 2000;
    const { user, system } = process.cpuUsage(start);
    if (user + system > 250_000) return (count / (user + system)) * 1e6;
  }
}

const results = new Map();
for (let round = 0; round < 7; round++) {
  for (const [title, [count, decode]] of Object.entries(CASES)) {
    const mine = ours(count);
    const peer = theirs(count);
    const runs = {
      kubelane: decode
        ? () => {
            decodeMessage(query);
            encodeMessage(mine);
          }
        : () => encodeMessage(mine),
      "dns-packet": decode
        ? () => {
            dnsPacket.decode(query);
            dnsPacket.encode(peer);
          }
        : () => dnsPacket.encode(peer),
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
