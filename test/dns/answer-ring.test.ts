import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerRing, hashOf, NONE } from "../../src/dns/answer-ring.ts";
import { TopicClock } from "../../src/dns/topic-clock.ts";

/** Two bytes of ID, then the text. */
function request(text: string, id = "xx"): Buffer {
  return Buffer.from(id + text);
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const MANY = 64 * 1024 * 1024;

function ringOf(maxBytes = MANY) {
  const clock = new TopicClock(7);
  const ring = new AnswerRing(maxBytes, clock, 7);
  return {
    clock,
    ring,
    set: (name: string, answer: string | Uint8Array, ...topics: string[]) =>
      ring.set(request(name), Buffer.from(answer), 0, clock.hashesOf(new Set(topics))),
    get(name: string): string | undefined {
      const at = ring.find(request(name));
      return at === NONE ? undefined : text(ring.answer(at));
    },
  };
}

describe("a ring of answers", () => {
  it("finds an answer by all bytes of the request but the ID", () => {
    const { ring, clock } = ringOf();
    ring.set(request("one"), Buffer.from("answer"), 7, clock.hashesOf(new Set(["a", "b"])));
    const at = ring.find(request("one", "yy"));
    expect(text(ring.answer(at))).toBe("answer");
    expect(ring.tag(at)).toBe(7);
    for (const other of ["on", "onf", "one ", ""]) expect(ring.find(request(other))).toBe(NONE);
  });

  it("gives copies, which may be written to", () => {
    const { ring, set } = ringOf();
    for (const size of [1, 159, 161, 400, 4000, 60_000]) {
      set(`q${size}`, Buffer.alloc(size, 0x61));
      ring.answer(ring.find(request(`q${size}`))).fill(0);
      expect(Uint8Array.from(ring.answer(ring.find(request(`q${size}`))))).toEqual(
        new Uint8Array(size).fill(0x61),
      );
    }
  });

  it("does not know what depends on a topic that was touched since, whatever else it depends on", () => {
    const { clock, set, get } = ringOf();
    set("a", "1", "x", "y");
    set("b", "2", "y");
    clock.touch(new Set(["x"]));
    expect([get("a"), get("b")]).toEqual([undefined, "2"]);
    set("a", "3", "x", "y");
    expect(get("a")).toBe("3");
    clock.touch(new Set(["y"]));
    expect([get("a"), get("b")]).toEqual([undefined, undefined]);
  });

  it("forgets no touch when the places of topics grow", () => {
    const clock = new TopicClock(7);
    const topics = Array.from({ length: 5000 }, (_, i) => `service:shop/web-${i}`);
    const [hashes, before] = [clock.hashesOf(new Set(topics)), clock.now];
    clock.touch(new Set(topics));
    clock.growTo(2 ** 20);
    expect(hashes.every((hash) => clock.isTouchedAfter(hash, before))).toBe(true);
    expect(hashes.some((hash) => clock.isTouchedAfter(hash, clock.now))).toBe(false);
  });

  it("keeps to its bytes, and what is asked for again and again longest", () => {
    const { ring, set, get } = ringOf(256 * 1024);
    for (let i = 0; i < 20_000; i++) {
      set(`name-${i}`, Buffer.alloc(90));
      // In use all the time.
      if (i % 50 === 0) set("often", "always there");
      expect(get("often")).toBe("always there");
    }
    expect(ring.bytes).toBeLessThan(256 * 1024 * 1.1);
    expect(ring.size).toBeGreaterThan(1000);
    expect(get("name-19999")).toHaveLength(90);
    expect(get("name-0")).toBeUndefined();
  });

  it("takes no more memory by names whose answers change all the time", () => {
    const { ring, clock, set } = ringOf();
    for (let i = 0; i < 50_000; i++) {
      set(`name-${i % 50}`, Buffer.alloc(90), "x");
      clock.touch(new Set(["x"]));
    }
    expect(ring.bytes).toBeLessThan(256 * 1024);
  });

  it("takes what is in use along while a flood of names goes by", () => {
    const { set, get } = ringOf(256 * 1024);
    const used = Array.from({ length: 50 }, (_, i) => `used-${i}`);
    for (const name of used) set(name, `answer of ${name}`);
    for (let i = 0; i < 30_000; i++) {
      set(`flood-${i}`, Buffer.alloc(90));
      get(`used-${i % 50}`);
    }
    // One may be lost where the ring ends.
    const kept = used.filter((name) => get(name) === `answer of ${name}`);
    expect(kept.length).toBeGreaterThan(45);
  });

  it.each([MANY, 64 * 1024, 4096, 600])(
    "does as a Map does within %i bytes, whatever comes and goes",
    (maxBytes) => {
      const step = fc.record({
        text: fc.string({ maxLength: 40 }),
        answer: fc.uint8Array({ minLength: 1, maxLength: 700 }),
        topics: fc.uniqueArray(fc.constantFrom("x", "y", "z"), { maxLength: 3 }),
        touched: fc.option(fc.constantFrom("x", "y", "z")),
      });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
          const { ring, clock, set } = ringOf(maxBytes);
          const model = new Map<string, { answer: Uint8Array; topics: readonly string[] }>();
          for (const { text, answer, topics, touched } of steps) {
            set(text, answer, ...topics);
            model.set(text, { answer, topics });
            if (touched !== null) {
              clock.touch(new Set([touched]));
              for (const [name, kept] of model)
                if (kept.topics.includes(touched)) model.delete(name);
            }
          }
          let found = 0;
          for (const [name, { answer }] of model) {
            const at = ring.find(request(name));
            if (at === NONE) continue;
            found++;
            expect(Uint8Array.from(ring.answer(at))).toEqual(answer);
          }
          for (const { text } of steps) {
            if (!model.has(text)) expect(ring.find(request(text))).toBe(NONE);
          }
          if (maxBytes === MANY) expect(found).toBe(model.size);
        }),
      );
    },
  );

  // The whole ring has 16,384 words; an entry of the name "a" without topics has 7 besides its answer.
  it.each([
    [8164, true],
    [8165, false],
  ])("of 64 KiB keeps an answer of %i bytes: %s, and all others", (length, isKept) => {
    const { ring, set, get } = ringOf(64 * 1024);
    for (let i = 0; i < 50; i++) set(`name-${i}`, "short");
    set("a", "older");
    set("a", Buffer.alloc(length, 0x62));
    expect(get("a")).toBe(isKept ? "b".repeat(length) : undefined);
    expect(ring.size).toBe(isKept ? 51 : 50);
    for (let i = 0; i < 50; i++) expect(get(`name-${i}`)).toBe("short");
  });

  it("takes no memory for an answer that is too long to keep", () => {
    const { ring, set } = ringOf(64 * 1024);
    for (let i = 0; i < 10; i++) set("a", Buffer.alloc(9000));
    expect(ring.bytes).toBeLessThanOrEqual(ringOf(64 * 1024).ring.bytes);
  });

  it("starts anew when time does, as after 24 days of a thousand changes a second", () => {
    const clock = new TopicClock(7, 2 ** 31 - 2);
    const [hash] = clock.hashesOf(new Set(["x"])) as [number];
    expect(clock.touch(new Set(["x"]))).toBe(false);
    expect(clock.isTouchedAfter(hash, clock.now - 1)).toBe(true);
    expect(clock.touch(new Set(["y"]))).toBe(true);
    expect([clock.now, clock.isTouchedAfter(hash, 0)]).toEqual([1, false]);
  });
});

describe("a hash", () => {
  // Who knows the hash can make names that all fall on one chain, or topics on one place.
  it("of a request depends on the secret, and on every byte but those of the ID", () => {
    const names = Array.from({ length: 200 }, (_, i) => request(`name-${i}`));
    const hashes = (seed: number) => new Set(names.map((name) => hashOf(name, seed)));
    const [ours, others] = [hashes(7), hashes(8)];
    expect(ours.size).toBe(200);
    expect([...ours].filter((hash) => others.has(hash))).toEqual([]);
    expect(hashOf(request("one", "yy"), 7)).toBe(hashOf(request("one", "xx"), 7));
    const long = "abcdefghi";
    for (let at = 0; at < long.length; at++) {
      const other = `${long.slice(0, at)}X${long.slice(at + 1)}`;
      expect(hashOf(request(other), 7)).not.toBe(hashOf(request(long), 7));
    }
  });

  it("of a topic depends on the secret", () => {
    const topics = new Set(Array.from({ length: 200 }, (_, i) => `service:shop/web-${i}`));
    const ours = new Set(new TopicClock(7).hashesOf(topics));
    expect(ours.size).toBe(200);
    expect(new TopicClock(8).hashesOf(topics).filter((hash) => ours.has(hash))).toEqual([]);
  });
});
