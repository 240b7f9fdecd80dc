import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerCells } from "../../src/dns/answer-cells.ts";

/** Two bytes of ID, then the text. */
function request(text: string, id = "xx"): Buffer {
  return Buffer.from(id + text);
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe("answer cells", () => {
  it("find an answer by all bytes of the request but the ID", () => {
    const cells = new AnswerCells(8);
    const cell = cells.add(request("one"), Buffer.from("answer"), 7);
    expect(cells.find(request("one", "yy"))).toBe(cell);
    expect(text(cells.answer(cell))).toBe("answer");
    expect(cells.tag(cell)).toBe(7);
    for (const other of ["on", "onf", "one ", ""]) expect(cells.find(request(other))).toBe(-1);
  });

  it("give copies, which may be written to", () => {
    const cells = new AnswerCells(8);
    for (const size of [1, 159, 161, 400, 4000]) {
      const cell = cells.add(request(`q${size}`), Buffer.alloc(size, 0x61), 0);
      cells.answer(cell).fill(0);
      expect(cells.answer(cell)).toEqual(new Uint8Array(size).fill(0x61));
    }
  });

  it("keep requests of one chain apart", () => {
    // One chain for all: 200 requests where 1 was expected.
    const cells = new AnswerCells(1);
    for (let i = 0; i < 200; i++) cells.add(request(`name-${i}`), Buffer.from(`${i}`), i);
    for (let i = 0; i < 200; i += 3) cells.delete(cells.find(request(`name-${i}`)));
    for (let i = 0; i < 200; i++) {
      const cell = cells.find(request(`name-${i}`));
      if (i % 3 === 0) expect(cell).toBe(-1);
      else expect(text(cells.answer(cell))).toBe(`${i}`);
    }
  });

  it("do as a Map does, whatever comes and goes", () => {
    const asked = fc.string({ maxLength: 40 });
    const answer = fc.uint8Array({ minLength: 1, maxLength: 700 });
    const step = fc.record({ text: asked, answer, remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const cells = new AnswerCells(16);
        const model = new Map<string, Uint8Array>();
        for (const { text, answer, remove } of steps) {
          const bytes = request(text);
          const cell = cells.find(bytes);
          expect(cell >= 0).toBe(model.has(text));
          if (cell >= 0) cells.delete(cell);
          model.delete(text);
          if (remove) continue;
          cells.add(bytes, Buffer.from(answer), 0);
          model.set(text, answer);
        }
        expect(cells.size).toBe(model.size);
        for (const [text, answer] of model) {
          expect(cells.answer(cells.find(request(text)))).toEqual(answer);
        }
      }),
    );
  });
});
