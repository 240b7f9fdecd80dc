import { relative } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { type ProgramWatcher, watchProgram } from "../../sources/program-watcher.ts";
import type { Context } from "../command.ts";

/** Restarts local pods one at a time when their sources change; changes during a restart cause one more. */
export function watchRestart(
  { cwd, stderr }: Context,
  engine: Engine,
  paths: readonly string[],
): ProgramWatcher {
  let again = false;
  let restarting = false;
  const restart = async () => {
    again = true;
    if (restarting) return;
    restarting = true;
    while (again) {
      again = false;
      await engine.restartPods();
    }
    restarting = false;
  };
  const onError = (error: Error) => stderr.write(`error: --watch-restart: ${error.message}\n`);
  return watchProgram({
    paths,
    cwd,
    onChange([first = "", ...more]) {
      const others = more.length === 0 ? "" : ` and ${more.length} more`;
      stderr.write(`${relative(cwd, first)}${others} changed: restarting local pods\n`);
      restart().catch(onError);
    },
    onError,
  });
}
