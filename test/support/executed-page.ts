import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { freePort } from "./free-port.ts";

/** A block of a page: a file to write (its name stands behind the language), or a session in a terminal. */
export interface Block {
  readonly language: string;
  readonly file: string;
  readonly text: string;
}

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = "", file = "", text = ""]) => ({ language, file, text }),
  );
}

/** One command of a session, with what it prints. */
export interface Step {
  readonly command: string;
  readonly output: string;
}

/** The commands of a `console` block. */
export function stepsOf(session: string): Step[] {
  return session
    .split(/^\$ /m)
    .filter((step) => step.trim() !== "")
    .map((step) => {
      const end = step.indexOf("\n");
      return { command: step.slice(0, end), output: step.slice(end + 1) };
    });
}

/**
 * Whether a command printed what a page shows: `…` stands for the rest of a line or a part of it, alone on a line for
 * any number of lines. Columns are as wide as what stands in them, so the number of blanks does not count.
 */
export function isShown(shown: string, printed: string): boolean {
  const pattern = narrow(shown)
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(/^…\n/gm, "(?:.*\\n)*")
    .replaceAll("…", ".*");
  return new RegExp(`^${pattern}$`).test(narrow(printed));
}

const narrow = (output: string) => output.replace(/ +/g, " ").replace(/ $/gm, "");

/** What a command came to, both streams as a terminal shows them. */
export interface Outcome {
  readonly code: number;
  readonly printed: string;
}

/** A folder in which what pages show is executed, with a `kubelane` that nobody else sees. */
export class PageFolder implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "kubelane-page-"));
  readonly #env: NodeJS.ProcessEnv;
  readonly #gateway: number;
  readonly #bin = mkdtempSync(join(tmpdir(), "kubelane-bin-"));

  /** @param main the program that `kubelane` and `npx kubelane` are. */
  static async make(main: string): Promise<PageFolder> {
    return new PageFolder(main, await freePort());
  }

  private constructor(main: string, gateway: number) {
    this.#gateway = gateway;
    for (const folder of [this.#bin, join(this.folder, "node_modules/.bin")]) {
      mkdirSync(folder, { recursive: true });
      const program = join(folder, "kubelane");
      writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
      chmodSync(program, 0o755);
    }
    this.#env = {
      ...process.env,
      PATH: `${this.#bin}${delimiter}${process.env["PATH"]}`,
      KUBELANE_RUNTIME_DIR: join(this.#bin, "run"),
    };
    // A machine that runs tests may have other programs at the ports that a page names.
    this.write(
      "kubelane.local.yaml",
      `gateway: { listen: 127.0.0.1:${gateway} }\ndns: { listen: 127.0.0.1:0 }\n`,
    );
  }

  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  async run(command: string): Promise<Outcome> {
    const line = command.replace(/:8080\b/g, `:${this.#gateway}`).replace(/^curl /, "curl -sS ");
    const child = spawn("sh", ["-c", `exec 2>&1; ${line}`], {
      cwd: this.folder,
      env: this.#env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
    return { code, printed: printed.replaceAll(`:${this.#gateway}`, ":8080") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run("kubelane down");
    for (const folder of [this.folder, this.#bin]) rmSync(folder, { recursive: true, force: true });
  }
}
