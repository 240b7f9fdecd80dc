import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Talk } from "../../src/cli/up/talk.ts";

function talkTo(format: "text" | "json") {
  const target = new PassThrough();
  return { talk: new Talk(target, format), said: () => String(target.read() ?? "") };
}

/** A log file whose disk is full at times. */
function fillingTalk(format: "text" | "json") {
  const disk = { isFull: false, text: "" };
  const target = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      if (disk.isFull) return done(Object.assign(new Error("no space left"), { code: "ENOSPC" }));
      disk.text += chunk;
      done();
    },
  });
  // As standard error has it: an error does not end the stream.
  target._destroy = function (error, done) {
    done(error);
    (this as unknown as { _undestroy(): void })._undestroy();
  };
  target.on("error", () => {});
  return { talk: new Talk(target, format), disk };
}

describe.each(["text", "json"] as const)("what up could not say, as %s", (format) => {
  it("is counted, and told once when writing works again", async () => {
    const { talk, disk } = fillingTalk(format);
    const written = () => new Promise((resolve) => setImmediate(resolve));
    talk.write("one\n");
    disk.isFull = true;
    for (const line of ["two", "three", "four"]) {
      talk.tell({ type: line }, line);
      await written();
    }
    expect(talk).toMatchObject({ lostLines: 3, isLosing: true });
    disk.isFull = false;
    talk.write("five\n");
    await written();
    talk.write("six\n");
    await written();
    expect(talk).toMatchObject({ lostLines: 3, isLosing: false });
    const lines = disk.text.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    if (format === "text") {
      const lost = "note: 3 lines could not be written here (ENOSPC)";
      expect(lines).toEqual(["one", "five", lost, "six"]);
    } else {
      expect(JSON.parse(lines[2]!)).toMatchObject({ type: "lines-lost", lines: 3, why: "ENOSPC" });
    }
  });
});

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

describe("a reader that reads no more", () => {
  it("costs lines rather than memory, which are told when it reads again", async () => {
    let release: (() => void) | undefined;
    const read: string[] = [];
    const target = new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        read.push(String(chunk));
        if (release === undefined) release = done;
        else done();
      },
    });
    const talk = new Talk(target, "text");
    const line = `${"x".repeat(99_999)}\n`;
    for (let i = 0; i < 100; i++) talk.write(line);
    expect(target.writableLength).toBeLessThan(5_000_000);
    expect(talk.lostLines).toBeGreaterThan(50);
    expect(talk.isLosing).toBe(true);
    release?.();
    await expect.poll(() => read.at(-1)).toMatch(/^note: \d+ lines could not be written here/);
    expect(read.at(-1)).toBe(
      `note: ${talk.lostLines} lines could not be written here (nobody read them)\n`,
    );
    expect(read).toHaveLength(100 - talk.lostLines + 1);
    expect(talk.isLosing).toBe(false);
  });
});
