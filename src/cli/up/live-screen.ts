import { Writable } from "node:stream";
import type { Engine } from "../../engine/engine.ts";
import type { TrafficEvent } from "../../proxy/traffic-event.ts";
import type { Context } from "../command.ts";
import { type Activity, formatLiveTable } from "./live-table.ts";
import { RequestRate } from "./request-rate.ts";

/** Milliseconds between two drawings. */
const REDRAW = 250;

const HELP = "h help   q quit   r read the files again";

export interface LiveScreenOptions {
  /** Key `r`. */
  readonly onReload: () => void;
  /** Keys `q` and Ctrl-C. */
  readonly onQuit: () => void;
}

/** A table at the end of a terminal that is drawn anew as things change; what is printed goes above it. */
export interface LiveScreen {
  /** Writes above the table. */
  readonly log: Writable;
  /** Takes the table away and gives the terminal back. */
  close(): void;
}

/** @returns undefined where standard output is no terminal that could draw anew: plain lines are for that. */
export function openLiveScreen(
  { stdout, stdin, env }: Context,
  engine: Engine,
  options: LiveScreenOptions,
): LiveScreen | undefined {
  const terminal = stdout as Writable & Partial<NodeJS.WriteStream>;
  if (terminal.isTTY !== true || env["TERM"] === "dumb") return undefined;
  const activity = new EngineActivity(engine);
  let drawn = 0;
  let last = "";
  let help = false;
  let closed = false;
  const erase = () => (drawn === 0 ? "" : `\x1b[${drawn}A\x1b[0J`);
  const draw = (above = "") => {
    const { columns = 80, rows = 24 } = terminal;
    const size = { width: columns, height: Math.max(3, Math.floor(rows / 2)) };
    const lines = formatLiveTable(engine.store, activity, size);
    lines.push(help ? HELP : "h help");
    const table = `${lines.join("\n")}\n`;
    // What is drawn anew takes away what somebody has just marked with the mouse.
    if (above === "" && table === last) return;
    last = table;
    stdout.write(`${erase()}${above}${table}`);
    drawn = lines.length;
  };
  const log = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const text = String(chunk);
      if (closed) stdout.write(text);
      else draw(text.endsWith("\n") ? text : `${text}\n`);
      done();
    },
  });
  const timer = setInterval(draw, REDRAW);
  timer.unref();
  const releaseKeys = listenToKeys(stdin, (key) => {
    if (key === "q" || key === "\x03") options.onQuit();
    else if (key === "r") options.onReload();
    else if (key === "h") {
      help = !help;
      draw();
    }
  });
  draw();
  return {
    log,
    close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      releaseKeys();
      activity.close();
      stdout.write(erase());
    },
  };
}

/** Single keys, where standard input is a terminal. @returns gives it back. */
function listenToKeys(stdin: NodeJS.ReadableStream, onKey: (key: string) => void): () => void {
  const terminal = stdin as Partial<NodeJS.ReadStream> & NodeJS.ReadableStream;
  if (terminal.isTTY !== true || terminal.setRawMode === undefined) return () => undefined;
  const listener = (chunk: Buffer | string) => {
    for (const key of String(chunk)) onKey(key);
  };
  terminal.setRawMode(true);
  terminal.on("data", listener);
  terminal.resume();
  return () => {
    terminal.off("data", listener);
    terminal.setRawMode?.(false);
    terminal.pause();
  };
}

/** What an engine's events say of each Service. */
class EngineActivity implements Activity {
  readonly #rates = new RequestRate(() => performance.now());
  readonly #last = new Map<string, string>();
  readonly #engine: Engine;
  readonly #listener = (event: TrafficEvent): void => this.#note(event);

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.on("traffic", this.#listener);
  }

  rate(service: string): number {
    return this.#rates.of(service);
  }

  lastEvent(service: string): string | undefined {
    return this.#last.get(service);
  }

  close(): void {
    this.#engine.off("traffic", this.#listener);
  }

  #note({ service, kind, method = kind, path = "", status, pod, refusal }: TrafficEvent): void {
    if (service === undefined) return;
    const name = `${service.namespace}/${service.service}`;
    this.#rates.add(name);
    const outcome =
      refusal?.reason ?? `${status ?? "done"}${pod === undefined ? "" : ` by ${pod}`}`;
    this.#last.set(name, `${method} ${path} ${outcome}`.replace(/ {2,}/g, " "));
  }
}
