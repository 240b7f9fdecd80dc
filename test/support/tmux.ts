import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";

/** Milliseconds after which what is waited for won't come. */
const PATIENCE = 20_000;

/** Milliseconds between two looks at the screen, which tells nobody when it changes. */
const LOOK = 50;

/** A program in a real terminal of 80 by 24, with a tmux of its own. */
export class Terminal {
  readonly #socket = `kubelane-${randomUUID()}`;

  constructor(command: string, cwd: string, env: Readonly<Record<string, string>> = {}) {
    const variables = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    this.#tmux(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-x",
      "80",
      "-y",
      "24",
      "-c",
      cwd,
      ...variables,
      command,
    );
  }

  /** Types text; names of keys such as `Tab` and `Enter` are pressed. */
  type(...keys: readonly string[]): void {
    for (const key of keys) {
      const named = /^(?:Tab|Enter|Escape|Up|Down|PageUp|PageDown|Home|End|C-[a-z])$/.test(key);
      this.#tmux("send-keys", ...(named ? [] : ["-l"]), key);
    }
  }

  /** Gives the terminal another size, as dragging its window does. */
  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** What is on the screen; with escapes, colours too. */
  screen({ escapes = false } = {}): string {
    return this.#tmux("capture-pane", "-p", "-J", ...(escapes ? ["-e"] : []));
  }

  /** Resolves with the screen that shows what is waited for. */
  async until(pattern: RegExp, options: { readonly escapes?: boolean } = {}): Promise<string> {
    for (let waited = 0; ; waited += LOOK) {
      const screen = this.screen(options);
      if (pattern.test(screen)) return screen;
      if (waited > PATIENCE) throw new Error(`${pattern} does not appear:\n${screen}`);
      await setTimeout(LOOK);
    }
  }

  close(): void {
    this.#tmux("kill-server");
  }

  #tmux(...args: readonly string[]): string {
    return spawnSync("tmux", ["-L", this.#socket, ...args], { encoding: "utf8" }).stdout;
  }
}
