import { constants } from "node:os";
import { isatty } from "node:tty";
import { CommandError, type Context } from "./command.ts";
import { EXIT } from "./exit-code.ts";

/** The context of this process. */
export function processContext(): Context {
  const { stdout, stderr, stdin, env } = process;
  let serves = false;
  // A closed pipe (`kubelane get … | head -1`) is no error.
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (serves) return;
      if (error.code === "EPIPE") process.exit(0);
      // The terminal was closed: SIGHUP follows, which ends this process in order, or is ignored by nohup.
      if (error.code !== "EIO") throw error;
    });
  }
  return {
    stdout,
    stderr,
    stdin,
    env,
    // Read on demand: only commands that read files or look for a running `up` need it.
    get cwd() {
      return workingFolder();
    },
    color: wantsColor(env, stdout.isTTY === true && stderr.isTTY === true),
    signal: nextSignal,
    onSignal(listener) {
      // Windows has few signals.
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

/** @returns a function that lets uncaught errors end the process again. */
function catchFaults(listener: (fault: unknown) => void): () => void {
  process.on("uncaughtException", listener).on("unhandledRejection", listener);
  // SIGXFSZ: a log file has reached its size limit. Without a listener the signal kills the process; with one, the
  // write fails.
  const limited = () => {};
  const signal = "SIGXFSZ" in constants.signals ? "SIGXFSZ" : undefined;
  if (signal !== undefined) process.on(signal, limited);
  return () => {
    process.off("uncaughtException", listener).off("unhandledRejection", listener);
    if (signal !== undefined) process.off(signal, limited);
  };
}

/** @throws CommandError when the working folder was removed. */
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

/** Without a listener, SIGUSR1 would start Node's debugger. */
const PASSED_ON = [
  ...(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const),
  ...(["SIGWINCH", "SIGCONT", "SIGALRM"] as const),
];

const waiting: ((signal: NodeJS.Signals) => void)[] = [];
let listens = false;

/** Whether the terminal of this process was closed. */
let hungUp = false;

function noticeHangUp(): void {
  if ([0, 1, 2].some((fd) => isatty(fd))) process.once("SIGHUP", () => (hungUp = true));
}

/**
 * Ends this process by SIGHUP, as the closed terminal would have. Exiting normally would have Node restore the
 * terminal's settings and abort, since it is gone.
 */
export function endIfHungUp(): void {
  if (!hungUp) return;
  process.removeAllListeners("SIGHUP");
  process.kill(process.pid, "SIGHUP");
}

/** npm, npx, pnpm and yarn set this for programs that their scripts start. */
const SCRIPT = "npm_lifecycle_event";

/** Milliseconds between checks of the parent process. */
const LOOK = 500;

/**
 * A package manager that is told to end kills the shell between it and this process, which gets no signal. A changed
 * parent process is the only sign of it.
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

/** After the first call, signals don't end the process any more. */
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
