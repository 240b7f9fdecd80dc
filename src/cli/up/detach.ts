import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { ensurePrivateFolder, privateFolder } from "../../runtime/private-folder.ts";
import type { Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { recordFiles } from "../logs/log-record.ts";

/** Set for the process in the background, and taken away by it at once. */
const DETACHED = "KUBELANE_UP_DETACHED";

/** What the process in the background says when it serves. */
export interface ReadyMessage {
  readonly type: "kubelane-ready";
  /** Local pods that were waited for and are not ready. */
  readonly unready: readonly string[];
}

/** Whether this process is the one in the background. Asked once. */
export function isDetached(env: NodeJS.ProcessEnv): boolean {
  const is = env[DETACHED] !== undefined;
  delete env[DETACHED];
  return is;
}

/** Tells the command that started this process in the background that it serves; nothing when none did. */
export function tellReady(unready: readonly string[]): void {
  if (process.send === undefined) return;
  const message: ReadyMessage = { type: "kubelane-ready", unready };
  process.send(message, () => process.channel?.unref());
}

/** Starts this very command line in the background. @returns when it serves, or has ended. */
export async function startDetached(context: Context): Promise<number> {
  const { env, cwd, stdout, stderr } = context;
  const folder = privateFolder(env);
  ensurePrivateFolder(folder);
  const { current } = recordFiles(env, cwd);
  mkdirSync(dirname(current), { recursive: true, mode: 0o700 });
  const files = { out: `${current}.out`, err: `${current}.err` };
  const child = spawn(process.execPath, process.argv.slice(1), {
    cwd,
    // Without the name of a package manager's script: its parent, this process, ends before it.
    env: { ...env, [DETACHED]: "1", npm_lifecycle_event: undefined },
    detached: true,
    windowsHide: true,
    stdio: ["ignore", openSync(files.out, "w", 0o600), openSync(files.err, "w", 0o600), "ipc"],
  });
  const outcome = await new Promise<ReadyMessage | number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? EXIT.no));
    child.on("message", (message: ReadyMessage) => {
      if (message.type === "kubelane-ready") resolve(message);
    });
    context.signal().then((signal) => child.kill(signal));
  });
  stdout.write(readFileSync(files.out, "utf8"));
  stderr.write(readFileSync(files.err, "utf8").replace(/; Ctrl-C ends it$/m, ""));
  if (typeof outcome === "number") return outcome;
  child.disconnect();
  child.unref();
  stderr.write(
    `runs in the background, pid ${child.pid}; kubelane logs shows its pods, kubelane down ends it\n`,
  );
  if (outcome.unready.length === 0) return EXIT.ok;
  stderr.write(`not ready in time: ${outcome.unready.join(", ")}\n`);
  return EXIT.no;
}
