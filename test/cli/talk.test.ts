import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { Talk } from "../../src/cli/up/talk.ts";

function talkTo(format: "text" | "json") {
  const target = new PassThrough();
  return { talk: new Talk(target, format), said: () => String(target.read() ?? "") };
}

describe("what up says", () => {
  it("folds what repeats, and counts it when something else comes", () => {
    const { talk, said } = talkTo("text");
    for (let i = 0; i < 4; i++) talk.tell({}, "web | crash");
    talk.tell({}, "web: ready");
    talk.tell({}, undefined);
    talk.tell({}, "web: ready");
    talk.write("a note\n");
    talk.tell({}, "web: ready");
    expect(said()).toBe(
      "web | crash\n  (3 more of the line above)\nweb: ready\n  (1 more of the line above)\na note\nweb: ready\n",
    );
  });

  it("is a record a line for machines, nothing folded", () => {
    const { talk, said } = talkTo("json");
    talk.tell({ type: "pod-started", ports: new Map([[8080, 20_001]]) }, "x");
    talk.tell({ type: "pod-ready" }, "x");
    talk.write("\nending: now\n");
    talk.write('{"type":"request"}\n');
    const records = said()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records).toMatchObject([
      { type: "pod-started", ports: { 8080: 20_001 } },
      { type: "pod-ready" },
      { type: "note", message: "ending: now" },
      { type: "request" },
    ]);
  });
});
