import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { said } from "../support/said.ts";
import type { User } from "./users.ts";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** kubelane's commands as one user, who has a folder with manifests. */
export class Commands {
  readonly folder: string;
  readonly #start: readonly string[];
  #env: NodeJS.ProcessEnv;

  constructor(
    { folder, node }: { readonly folder: string; readonly node: string },
    user: User,
    files: Readonly<Record<string, string>>,
  ) {
    this.folder = mkdtempSync(join(folder, "user-"));
    chmodSync(this.folder, 0o777);
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    mkdirSync(join(this.folder, "home"), { mode: 0o777 });
    chmodSync(join(this.folder, "home"), 0o777);
    this.#start = [...user.prefix, node, join(folder, "dist/bin/kubelane.cjs")];
    const { KUBELANE_SHELL: _, ...env } = process.env;
    this.#env = {
      ...env,
      HOME: join(this.folder, "home"),
      KUBELANE_RUNTIME_DIR: join(this.folder, "run"),
    };
  }

  /** Finds programs in this folder first. */
  withPath(folder: string): this {
    this.#env = { ...this.#env, PATH: `${folder}:${this.#env["PATH"]}` };
    return this;
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text, { mode: 0o666 });
  }

  start(...args: readonly string[]): ChildProcess {
    const [program = "", ...words] = [...this.#start, ...args];
    return spawn(program, words, { cwd: this.folder, env: this.#env, stdio: "pipe" });
  }

  /** Starts a script in the network, with the eyes of a namespace. */
  startScript(script: string, namespace?: string): ChildProcess {
    const eyes = namespace === undefined ? [] : ["-n", namespace];
    return this.start("shell", ...eyes, "--", "sh", "-c", script);
  }

  /** A running `up`, once it is ready. */
  async up(...args: readonly string[]): Promise<ChildProcess> {
    const options = ["--dns", "off", "--gateway", "off", "--no-relays"];
    const up = this.start("up", ...options, ...args);
    await said(up, "stderr", /ready after/);
    return up;
  }

  async run(args: readonly string[], input = ""): Promise<Outcome> {
    return outcomeOf(this.start(...args), input);
  }

  /** A Node program beside, as in namespace shop. */
  node(...args: readonly string[]): Promise<Outcome> {
    const [program = "", ...words] = [...this.#start.slice(0, -1), ...args];
    const env = { ...this.#env, KUBELANE_NAMESPACE: "shop" };
    return outcomeOf(spawn(program, words, { cwd: this.folder, env, stdio: "pipe" }), "");
  }

  /** A command in the network of namespace shop. */
  shell(...command: readonly string[]): Promise<Outcome> {
    return this.run(["shell", "-n", "shop", "--", ...command]);
  }
}

async function outcomeOf(child: ChildProcess, input: string): Promise<Outcome> {
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, "close"),
  ]);
  return { code, stdout, stderr };
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = "";
  for await (const chunk of stream ?? []) text += chunk;
  return text;
}

/** A process with all that it started, and the namespaces that they are in and we are not. */
export interface Family {
  readonly pids: readonly number[];
  readonly namespaces: readonly string[];
}

const KINDS = ["net", "mnt", "pid", "uts", "user"];

export function familyOf(root: number): Family {
  const parents = new Map(processes().map((pid) => [pid, parentOf(pid)]));
  const belongs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === root || belongs(parents.get(pid)));
  const pids = [...parents.keys()].filter(belongs);
  const own = new Set(namespacesOf(process.pid));
  const namespaces = new Set(pids.flatMap(namespacesOf).filter((name) => !own.has(name)));
  return { pids, namespaces: [...namespaces] };
}

/** What is still there of a family, when nothing goes away any more. */
export async function leftOf({ pids, namespaces }: Family): Promise<Family> {
  for (let looks = 0; ; looks++) {
    const alive = new Set(processes().filter((pid) => stateOf(pid) !== "Z"));
    const used = new Set([...alive].flatMap(namespacesOf));
    const left = {
      pids: pids.filter((pid) => alive.has(pid)),
      namespaces: namespaces.filter((name) => used.has(name)),
    };
    if ((left.pids.length === 0 && left.namespaces.length === 0) || looks === 100) return left;
    await setTimeout(50);
  }
}

/** Mounts of a shell that are seen outside of it. */
export const strayMounts = (): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(" - tmpfs kubelane "));

function processes(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function fieldsOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

const parentOf = (pid: number) => Number(fieldsOf(pid)[1]);
const stateOf = (pid: number) => fieldsOf(pid)[0] ?? "Z";

function namespacesOf(pid: number): string[] {
  return KINDS.flatMap((kind) => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
    } catch {
      return [];
    }
  });
}
