// Messages for fuzzing DNS servers: seeded, so that a failure can be had again.

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const NAMES = [
  "web.default.svc.cluster.local.",
  "wide.prod.svc.cluster.local.",
  "_tcp._tcp.wide.prod.svc.cluster.local.",
  "_http._tcp.web.default.svc.cluster.local.",
  "ext-inside.default.svc.cluster.local.",
  "ext-a.default.svc.cluster.local.",
  "10-244-1-11.default.pod.cluster.local.",
  "1.10.96.10.in-addr.arpa.",
  `${"0.".repeat(32)}ip6.arpa.`,
  "cluster.local.",
  ".",
  "example.org.",
  `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(47)}.cluster.local.`,
  `${"x.".repeat(120)}cluster.local.`,
  "\\000\\255\\.\\\\.default.svc.cluster.local.",
];
const TYPES = [
  "A",
  "AAAA",
  "SRV",
  "CNAME",
  "TXT",
  "PTR",
  "NS",
  "SOA",
  "MX",
  "ANY",
  "AXFR",
  "TYPE65280",
];

/** One message: random bytes, or a query with a few things wrong. */
export function hostileMessage(random, encodeMessage) {
  const upTo = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[upTo(list.length)];
  if (random() < 0.15) return Buffer.from(Array.from({ length: upTo(80) }, () => upTo(256)));
  const options = Array.from({ length: upTo(3) }, () => {
    const data = Buffer.from(Array.from({ length: upTo(12) }, () => upTo(256)));
    return {
      code: pick([3, 8, 10, 11, 12, 15, 65001]),
      data: random() < 0.3 ? Buffer.alloc(0) : data,
    };
  });
  const udpSize = pick([0, 100, 512, 513, 1232, 4096, 65535]);
  const edns = { udpSize, version: upTo(20) === 0 ? 1 : 0, do: random() < 0.5, options };
  const query = Buffer.from(
    encodeMessage({
      id: upTo(65536),
      rd: random() < 0.8,
      cd: random() < 0.2,
      opcode: upTo(20) === 0 ? upTo(16) : 0,
      questions: [{ name: pick(NAMES), type: pick(TYPES), class: upTo(20) === 0 ? upTo(5) : 1 }],
      ...(random() < 0.6 ? { edns } : {}),
    }),
  );
  const kind = random();
  if (kind < 0.25) return query;
  if (kind < 0.4) return query.subarray(0, upTo(query.length + 1));
  if (kind < 0.5) return Buffer.concat([query, Buffer.alloc(upTo(600), upTo(256))]);
  const mutated = Buffer.from(query);
  for (let i = 0; i <= upTo(6); i++) mutated[upTo(mutated.length)] = upTo(256);
  if (kind > 0.85 && mutated.length > 20) {
    // A pointer somewhere, to anywhere near: back, forward, itself, the header, past the end.
    const at = 12 + upTo(mutated.length - 13);
    mutated.writeUInt16BE(0xc000 | upTo(mutated.length + 8), at);
  }
  return mutated;
}
