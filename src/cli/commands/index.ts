import type { Command } from "../command.ts";
import { check } from "./check.ts";
import { completion } from "./completion.ts";
import { config } from "./config.ts";
import { describe } from "./describe.ts";
import { get } from "./get.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { match } from "./match.ts";
import { resolve } from "./resolve.ts";
import { run } from "./run.ts";
import { shell } from "./shell.ts";
import { trace } from "./trace.ts";
import { trust } from "./trust.ts";
import { up } from "./up.ts";
import { version } from "./version.ts";

/** Every command, in the order of help. Their modules load what they need when they run. */
export const COMMANDS: readonly Command[] = [
  up,
  run,
  shell,
  get,
  describe,
  resolve,
  trace,
  match,
  check,
  config,
  kubeconfig,
  trust,
  completion,
  version,
];
