import { describe, expect, it } from "vitest";
import { processEntry, withDescendants } from "../../src/runtime/process-table.ts";

/** The kernel gives no number above 4,194,304. */
const NOBODY = 2 ** 22 + 1;

describe.runIf(process.platform !== "win32")("a process", () => {
  // `ps`, by which macOS is asked, is there on Linux too.
  it.each(["linux", "darwin"] as const)(
    "is known by its pid and start as %s tells of it",
    (platform) => {
      const own = processEntry(process.pid, platform);
      expect(own).toMatchObject({ pid: process.pid, group: expect.any(Number) });
      expect(own?.startTime).not.toBe("");
      expect(processEntry(process.pid, platform)?.startTime).toBe(own?.startTime);
      expect(processEntry(NOBODY, platform)).toBeUndefined();
    },
  );

  it("is not told of on Windows", () => {
    expect(processEntry(process.pid, "win32")).toBeUndefined();
  });
});

describe("a process' descendants", () => {
  const entry = (pid: number, parent: number) => ({
    pid,
    parent,
    group: 1,
    state: "S",
    startTime: "1",
  });
  // Ids have gone round: the younger has the smaller one.
  const table = [entry(2, 5), entry(5, 900), entry(7, 1), entry(900, 1), entry(901, 900)];

  it("are found whatever their ids", () => {
    expect(withDescendants(900, table)).toEqual([900, 5, 901, 2]);
  });

  it("are none of a process that has ended", () => {
    expect(withDescendants(3, table)).toEqual([]);
  });
});
