import type { Command } from "../command.ts";
import { attach } from "./attach.ts";
import { check } from "./check.ts";
import { completion } from "./completion.ts";
import { config } from "./config.ts";
import { describe } from "./describe.ts";
import { down } from "./down.ts";
import { exec } from "./exec.ts";
import { get } from "./get.ts";
import { init } from "./init.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { logs } from "./logs.ts";
import { match } from "./match.ts";
import { resolve } from "./resolve.ts";
import { resolver } from "./resolver.ts";
import { restart } from "./restart.ts";
import { run } from "./run.ts";
import { scale } from "./scale.ts";
import { shell } from "./shell.ts";
import { trace } from "./trace.ts";
import { trust } from "./trust.ts";
import { up } from "./up.ts";
import { version } from "./version.ts";
import { wait } from "./wait.ts";

/** Every command, in the order of help. Their modules load what they need when they run. */
export const COMMANDS: readonly Command[] = [
  up,
  init,
  down,
  run,
  attach,
  shell,
  get,
  describe,
  logs,
  exec,
  wait,
  restart,
  scale,
  resolve,
  trace,
  match,
  check,
  config,
  kubeconfig,
  resolver,
  trust,
  completion(() => COMMANDS),
  version,
];
