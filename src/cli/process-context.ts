import { constants } from "node:os";
import { isatty } from "node:tty";
import { CommandError, type Context } from "./command.ts";
import { EXIT } from "./exit-code.ts";

/** The context of the process that we are. */
export function processContext(): Context {
  const { stdout, stderr, stdin, env } = process;
  let serves = false;
  // A reader that went away (`kubelane get … | head -1`) is no failure of ours.
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (serves) return;
      if (error.code === "EPIPE") process.exit(0);
      // A terminal that was closed: its signal ends this process in good order, or was not to end it.
      if (error.code !== "EIO") throw error;
    });
  }
  return {
    stdout,
    stderr,
    stdin,
    env,
    // Only those need it that name files or look for what runs: help and the version don't.
    get cwd() {
      return workingFolder();
    },
    color: wantsColor(env, stdout.isTTY === true && stderr.isTTY === true),
    signal: nextSignal,
    onSignal(listener) {
      // Windows has few of them.
      const known = PASSED_ON.filter((signal) => signal in constants.signals);
      for (const signal of known) process.on(signal, () => listener(signal));
      noticeHangUp();
    },
    onFault(listener) {
      serves = true;
      const release = catchFaults(listener);
      return () => {
        release();
        serves = false;
      };
    },
  };
}

/** @returns lets them end the process again. */
function catchFaults(listener: (fault: unknown) => void): () => void {
  process.on("uncaughtException", listener).on("unhandledRejection", listener);
  // A log file that has reached the size it may have: without a listener the signal kills, with one the write fails.
  const limited = () => {};
  const signal = "SIGXFSZ" in constants.signals ? "SIGXFSZ" : undefined;
  if (signal !== undefined) process.on(signal, limited);
  return () => {
    process.off("uncaughtException", listener).off("unhandledRejection", listener);
    if (signal !== undefined) process.off(signal, limited);
  };
}

/** @throws CommandError when it has been removed. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    const message = "the working folder is gone";
    throw new CommandError(EXIT.unreadable, message, "cd to another one first", { cause });
  }
}

function wantsColor(env: NodeJS.ProcessEnv, terminal: boolean): boolean {
  if (env["NO_COLOR"]) return false;
  return env["FORCE_COLOR"] ? env["FORCE_COLOR"] !== "0" : terminal && env["TERM"] !== "dumb";
}

/** USR1 would open Node's debugger if nobody listened for it. */
const PASSED_ON = [
  ...(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const),
  ...(["SIGWINCH", "SIGCONT", "SIGALRM"] as const),
];

const waiting: ((signal: NodeJS.Signals) => void)[] = [];
let listens = false;

/** Whether the terminal that this was started on has been closed. */
let hungUp = false;

function noticeHangUp(): void {
  if ([0, 1, 2].some((fd) => isatty(fd))) process.once("SIGHUP", () => (hungUp = true));
}

/**
 * Ends this process as the hang-up of its terminal would have: by an end of its own, Node would set a terminal
 * that is gone as it was, and abort because it can't.
 */
export function endIfHungUp(): void {
  if (!hungUp) return;
  process.removeAllListeners("SIGHUP");
  process.kill(process.pid, "SIGHUP");
}

/** Set by npm, npx, pnpm and yarn for what their scripts start. */
const SCRIPT = "npm_lifecycle_event";

/** Milliseconds between two looks at the parent. */
const LOOK = 500;

/**
 * A package manager that is told to end ends the shell between it and this process, and no signal comes here: the
 * parent is another one then, and this is what is left of it.
 */
function onOrphaned(told: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    told();
  }, LOOK);
  timer.unref();
}

/** From the first call on, signals end nothing by themselves any more. */
function nextSignal(): Promise<NodeJS.Signals> {
  if (!listens) {
    listens = true;
    noticeHangUp();
    const tell = (signal: NodeJS.Signals) => {
      for (const resolve of waiting.splice(0)) resolve(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => tell(signal));
    }
    if (process.env[SCRIPT] !== undefined) onOrphaned(() => tell("SIGTERM"));
  }
  return new Promise((resolve) => waiting.push(resolve));
}
