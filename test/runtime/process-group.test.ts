import { ChildProcess } from "node:child_process";
import { expect, it } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import { type ProcessExit, ProcessGroup } from "../../src/runtime/process-group.ts";

it("says why a process was not started for want of descriptors, which leave it without streams", async () => {
  const exit = await new Promise<ProcessExit>((resolve) => {
    new ProcessGroup({
      command: ["sleep", "1"],
      cwd: process.cwd(),
      env: {},
      clock: systemClock,
      // As Node has it for EMFILE and ENFILE: an object that knows neither a pid nor its output.
      spawn: () => {
        const child = new ChildProcess();
        const error = Object.assign(new Error("spawn sleep EMFILE"), { code: "EMFILE" });
        process.nextTick(() => child.emit("error", error));
        return child;
      },
      onLine: () => {},
      onExit: resolve,
    });
  });
  expect(exit).toEqual({ exitCode: 128, startError: "spawn sleep EMFILE" });
});
