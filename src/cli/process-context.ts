import type { Context } from "./command.ts";

/** The context of the process that we are. */
export function processContext(): Context {
  const { stdout, stderr, stdin, env } = process;
  // A reader that went away (`kubelane get … | head -1`) is no failure of ours.
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
  return {
    stdout,
    stderr,
    stdin,
    env,
    cwd: process.cwd(),
    color: wantsColor(env, stdout.isTTY === true && stderr.isTTY === true),
    signal: nextSignal,
  };
}

function wantsColor(env: NodeJS.ProcessEnv, terminal: boolean): boolean {
  if (env["NO_COLOR"]) return false;
  return env["FORCE_COLOR"] ? env["FORCE_COLOR"] !== "0" : terminal;
}

function nextSignal(): Promise<NodeJS.Signals> {
  const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  return new Promise((resolve) => {
    const take = (signal: NodeJS.Signals) => {
      for (const each of signals) process.off(each, take);
      resolve(signal);
    };
    for (const signal of signals) process.on(signal, take);
  });
}
