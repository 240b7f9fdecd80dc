import { setTimeout as delay } from "node:timers/promises";
import type { RunningEngine } from "../../control/client.ts";
import { EngineEndedError } from "../../control/ended-error.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit-code.ts";

export const down: Command = {
  name: "down",
  summary: "end the running `up`, local pods included",
  description: "Waits until requests have finished and every local pod has ended.",
  arguments: [],
  options: [{ flags: "--all", summary: "every running `up` of this user" }],
  examples: [
    { line: "down", does: "the up of this folder" },
    { line: "down --all", does: "whatever runs" },
  ],
  async run(context, { options }) {
    const { runningEngines } = await import("../../control/client.ts");
    const { privateFolder } = await import("../../runtime/private-folder.ts");
    const { findRunning } = await import("../inventory.ts");
    const found =
      options["all"] === true
        ? await runningEngines(privateFolder(context.env))
        : [await findRunning(context)];
    const engines = found.filter((engine) => engine !== undefined);
    // With nothing to end the command succeeds: nothing runs, as was asked for.
    if (engines.length === 0) context.stderr.write("no `kubelane up` of this folder runs\n");
    for (const engine of engines) {
      await end(engine);
      context.stderr.write(`ended the up of ${engine.info.folder}\n`);
    }
    return EXIT.ok;
  },
};

/** Settles when the process has ended. */
async function end({ info, socketPath }: RunningEngine): Promise<void> {
  const { askEngine } = await import("../../control/request.ts");
  const { END_PATH } = await import("../up/end-route.ts");
  try {
    const response = await askEngine(socketPath, END_PATH, { method: "POST" });
    response.on("error", () => {}).resume();
  } catch (error) {
    // It may be gone before its answer is read.
    if (!(error instanceof EngineEndedError)) throw error;
  }
  while (isThere(info.pid)) await delay(LOOK_EVERY);
}

/** Polling interval in milliseconds: the system reports only the end of child processes. */
const LOOK_EVERY = 50;

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
