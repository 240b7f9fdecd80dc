import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const MAIN = resolve(import.meta.dirname, "../../dist/bin/kubelane.cjs");

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** For `expect.poll`, whose second is too short for looks that each start a command. */
export const PATIENCE = { timeout: 120_000 };

/**
 * A running `kubelane up` from dist, on free ports, that no other test sees. All share the first loopback mirror, with
 * addresses that differ from test to test; `--mirror auto` is for tests of who has which.
 */
export class RunningUp {
  readonly process: ChildProcess;
  /** Everything printed so far. */
  stdout = "";
  stderr = "";
  readonly env: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #closed: Promise<void>;
  #ended = false;
  readonly #watchers = new Set<() => void>();
  readonly #commands = new Set<ChildProcess>();

  constructor(
    args: readonly string[],
    options: {
      readonly cwd?: string;
      /** Of Node itself, such as `--import`. */
      readonly nodeArgs?: readonly string[];
      /** A descriptor in place of what `stderr` gathers. */
      readonly stderr?: number;
      /** Whether messages can be sent to the process, for what `nodeArgs` brings into it. */
      readonly ipc?: boolean;
      /** In place of what was built. */
      readonly program?: string;
    } = {},
  ) {
    this.#folder = mkdtempSync(join(tmpdir(), "kubelane-up-"));
    this.env = { ...process.env, KUBELANE_RUNTIME_DIR: join(this.#folder, "run") };
    const mirror = args.includes("--mirror") ? [] : ["--mirror", "0"];
    const command = [options.program ?? MAIN, "up", ...mirror, ...args];
    this.process = spawn(process.execPath, [...(options.nodeArgs ?? []), ...command], {
      cwd: options.cwd ?? this.#folder,
      env: this.env,
      stdio: ["ignore", "pipe", options.stderr ?? "pipe", ...(options.ipc ? ["ipc" as const] : [])],
    });
    this.process.stdout?.setEncoding("utf8").on("data", (text) => this.#heard("stdout", text));
    this.process.stderr?.setEncoding("utf8").on("data", (text) => this.#heard("stderr", text));
    // What it printed last may come after its exit.
    this.#closed = once(this.process, "close").then(() => {
      this.#ended = true;
      this.#heard("stderr", "");
    });
  }

  #heard(stream: "stdout" | "stderr", text: string): void {
    this[stream] += text;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Resolves when the output satisfies the condition; rejects when the process ends before that. */
  until<T>(condition: (up: this) => T | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = condition(this);
        if (!found && !this.#ended) return;
        this.#watchers.delete(look);
        if (found) resolve(found);
        else reject(new Error(`up ended: ${this.stdout}${this.stderr}`));
      };
      this.#watchers.add(look);
      look();
    });
  }

  async ready(): Promise<this> {
    // The two streams come in no order: wait for the last line of both.
    await this.until((up) => up.stderr.includes("ready after") && /^try:/m.test(up.stdout));
    return this;
  }

  get gatewayPort(): number {
    return Number(/gateway\s+http:\/\/127\.0\.0\.1:(\d+)/.exec(this.stdout)?.[1]);
  }

  /** The link that opens the page with everything that it can do. */
  get pageLink(): string {
    return /^page +(\S+)$/m.exec(this.stdout)?.[1] ?? "";
  }

  get adminPort(): number {
    return Number(/admin\s+http:\/\/127\.0\.0\.1:(\d+)/.exec(this.stdout)?.[1]);
  }

  get dnsPort(): number {
    return Number(/DNS\s+127\.0\.0\.1:(\d+)/.exec(this.stdout)?.[1]);
  }

  /** One request through the gateway by Host. */
  get(host: string, path = "/"): Promise<Answer> {
    return get({ port: this.gatewayPort, path, headers: { host } });
  }

  /** Starts another command that sees this one. */
  start(...args: readonly string[]): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: this.#folder, env: this.env });
    this.#commands.add(child);
    child.once("exit", () => this.#commands.delete(child));
    return child;
  }

  /** Another command, to its end. */
  async command(
    ...args: readonly string[]
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const child = this.start(...args);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    const [code] = await once(child, "close");
    return { code, stdout, stderr };
  }

  /** Ctrl-C. @returns the exit code. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    for (const command of this.#commands) command.kill("SIGTERM");
    this.process.kill(signal);
    await this.#closed;
    rmSync(this.#folder, { recursive: true, force: true });
    return this.process.exitCode;
  }
}

export function get(options: {
  readonly host?: string;
  readonly port: number;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", ...options }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    call.on("error", reject).end();
  });
}
