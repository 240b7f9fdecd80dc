#!/usr/bin/env node
import { CommandError } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { endIfHungUp, processContext } from "./process-context.ts";
import { runProgram } from "./program.ts";
import { packageVersion } from "./version.ts";

/** A function, because the bundle is CommonJS, which has no top-level await. */
async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const commandLine = argv.length === 0 ? ["--help"] : argv;
  try {
    process.exitCode = await runProgram(COMMANDS, packageVersion(), commandLine, processContext());
    endIfHungUp();
  } catch (error) {
    // The error occurred before there was a context to print it with.
    if (!(error instanceof CommandError)) throw error;
    process.stderr.write(`kubelane: ${error.message}\n  ${error.hint}\n`);
    process.exitCode = error.exitCode;
  }
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? error.stack : String(error);
  process.stderr.write(
    `this is a fault of kubelane itself; please report it with what you did:\n${text}\n`,
  );
  process.exitCode = 1;
});
