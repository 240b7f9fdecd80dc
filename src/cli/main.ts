#!/usr/bin/env node
import { COMMANDS } from "./commands/index.ts";
import { processContext } from "./process-context.ts";
import { runProgram } from "./program.ts";
import { packageVersion } from "./version.ts";

const argv = process.argv.slice(2);
const commandLine = argv.length === 0 ? ["--help"] : argv;
process.exitCode = await runProgram(COMMANDS, packageVersion(), commandLine, processContext());
