import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { RuntimeEvent } from "../../runtime/event.ts";
import { ensurePrivateFolder, privateFolder } from "../../runtime/private-folder.ts";
import type { Context } from "../command.ts";
import { type RecordedLine, recordFiles } from "../logs/log-record.ts";

/** Characters in a file; there are two at most. */
const MAX_LENGTH = 8 * 1024 * 1024;
/** Milliseconds for which lines are gathered. */
const GATHER = 50;

/** Keeps what local pods write, for `kubelane logs` when the pod or the `up` is gone. */
export class LogRecorder {
  readonly #files: ReturnType<typeof recordFiles>;
  readonly #onFault: (error: Error) => void;
  /** How often each container was started, and which time each process was. */
  readonly #starts = new Map<string, number>();
  readonly #runs = new Map<string, number>();
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #length = 0;
  #isBroken = false;

  /** @param onFault told once, with the first write that fails */
  constructor({ env }: Pick<Context, "env">, folder: string, onFault: (error: Error) => void) {
    this.#files = recordFiles(env, folder);
    this.#onFault = onFault;
    this.#try(() => {
      ensurePrivateFolder(privateFolder(env));
      mkdirSync(dirname(this.#files.current), { recursive: true, mode: 0o700 });
      rmSync(this.#files.older, { force: true });
      writeFileSync(this.#files.current, "", { mode: 0o600 });
    });
  }

  note(event: RuntimeEvent): void {
    if (event.type !== "started" && event.type !== "output") return;
    const { namespace, name: pod } = event.pod;
    const id = `${namespace}/${pod}/${event.container}`;
    if (event.type === "started") {
      const start = (this.#starts.get(id) ?? 0) + 1;
      this.#starts.set(id, start);
      this.#runs.set(`${id}/${event.pid}`, start);
      return;
    }
    if (this.#isBroken) return;
    const { container, line } = event;
    const run = this.#runs.get(`${id}/${event.pid}`) ?? 0;
    const recorded: RecordedLine = { time: Date.now(), namespace, pod, container, run, line };
    this.#waiting.push(`${JSON.stringify(recorded)}\n`);
    this.#timer ??= setTimeout(() => this.flush(), GATHER);
  }

  /** Writes what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#waiting.join("");
    this.#waiting = [];
    if (text === "") return;
    this.#try(() => {
      if (this.#length + text.length > MAX_LENGTH) {
        renameSync(this.#files.current, this.#files.older);
        this.#length = 0;
      }
      appendFileSync(this.#files.current, text, { mode: 0o600 });
      this.#length += text.length;
    });
  }

  #try(write: () => void): void {
    if (this.#isBroken) return;
    try {
      write();
    } catch (error) {
      this.#isBroken = true;
      this.#onFault(error as Error);
    }
  }
}
