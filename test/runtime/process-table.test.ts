import { describe, expect, it } from "vitest";
import { processEntry } from "../../src/runtime/process-table.ts";

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
