import { createInterface } from "node:readline";
import type { ApiAccess } from "../../control/api-route.ts";
import type { RunningEngine } from "../../control/client.ts";
import { MirroredState } from "../../control/mirrored-state.ts";
import type { Pod } from "../../objects/pod.ts";
import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { CommandError, type Context, type Input } from "../command.ts";
import { EXIT, exitCodeOf } from "../exit-code.ts";
import { findRunning } from "../inventory.ts";
import { askApi } from "../live/ask-api.ts";
import { durationOption } from "../live/duration.ts";
import { namedObject, podsOf } from "../live/named-objects.ts";
import { apiOf } from "../live/running-up.ts";
import { parseSelectorArgument } from "../selector-argument.ts";
import { LogPrinter, type PrintedLine } from "./log-printer.ts";
import type { RecordedLine } from "./log-record.ts";
import { readRecord } from "./read-record.ts";

/** The request. */
interface Wanted {
  /** TYPE/NAME, or a name; absent with a selector. */
  readonly word: string | undefined;
  readonly selector: ReturnType<typeof parseSelectorArgument> | undefined;
  readonly namespace: string | undefined;
  readonly container: string | undefined;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly tail: number | undefined;
  /** Milliseconds. */
  readonly since: number | undefined;
}

/** Prints the output of containers: of running pods, continuously with `-f`, or of those that are gone. */
export async function runLogs(context: Context, input: Input): Promise<number> {
  const ending = new AbortController();
  try {
    return await showLogs(context, input, ending);
  } finally {
    // The running up would be watched on otherwise, and this process would not end.
    ending.abort();
  }
}

async function showLogs(
  context: Context,
  { args, options }: Input,
  ending: AbortController,
): Promise<number> {
  const wanted = wantedOf(args[0] as string | undefined, options);
  const printer = new LogPrinter(context, {
    json: options["output"] === "json",
    timestamps: options["timestamps"] === true,
  });
  const running = await findRunning(context);
  if (running === undefined) return printRecord(context, wanted, printer, undefined);
  const state = new MirroredState();
  const signalled = context.signal().then((signal) => {
    ending.abort();
    return exitCodeOf(signal);
  });
  const lines = running.watch(ending.signal)[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done !== true) state.apply(first.value);
  const pods = tryPods(state.store, wanted);
  if (pods.length === 0 && !(wanted.follow && wanted.selector !== undefined)) {
    return printRecord(context, wanted, printer, running, state.store);
  }
  const access = await apiOf(running);
  const reader = new LogReader(access, wanted, printer, ending.signal);
  if (!wanted.follow) return await reader.once(pods);
  const follow = async (): Promise<number> => {
    reader.follow(pods);
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      state.apply(next.value);
      reader.follow(tryPods(state.store, wanted));
    }
    context.stderr.write("the running up has ended\n");
    return EXIT.ok;
  };
  const followed = follow().catch((error: Error) => {
    if (error.name === "AbortError") return EXIT.ok;
    throw error;
  });
  return Promise.race([signalled, followed]);
}

function wantedOf(word: string | undefined, options: Input["options"]): Wanted {
  const text = (name: string) => options[name] as string | undefined;
  const labels = text("selector");
  if ((word === undefined) === (labels === undefined)) {
    throw new CommandError(
      EXIT.usage,
      "say whose logs: TYPE/NAME, or -l with a selector",
      "for example kubelane logs deploy/web, or kubelane logs -l app=web",
    );
  }
  const since = text("since");
  const tail = text("tail");
  if (tail !== undefined && !/^-?\d+$/.test(tail)) {
    throw new CommandError(EXIT.usage, `--tail ${tail} is no number of lines`);
  }
  return {
    word,
    selector: labels === undefined ? undefined : parseSelectorArgument(labels),
    namespace: text("namespace"),
    container: text("container"),
    follow: options["follow"] === true,
    previous: options["previous"] === true,
    tail: tail === undefined || Number(tail) < 0 ? undefined : Number(tail),
    since: since === undefined ? undefined : durationOption("--since", since),
  };
}

/** The existing pods; none for an object that does not exist. */
function tryPods(store: StoreReader, { word, selector, namespace }: Wanted): readonly Pod[] {
  if (selector !== undefined) {
    const where = { namespace: namespace ?? DEFAULT_NAMESPACE, labelSelector: selector };
    return store.list("Pod", where);
  }
  try {
    return podsOf(store, namedObject(store, word!, namespace));
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === EXIT.no) return [];
    throw error;
  }
}

interface Source {
  readonly pod: Pod;
  readonly container: string;
}

class LogReader {
  readonly #access: ApiAccess;
  readonly #wanted: Wanted;
  readonly #printer: LogPrinter;
  readonly #signal: AbortSignal;
  /** By container, the run that is followed, or was last. */
  readonly #followed = new Map<string, string>();

  constructor(access: ApiAccess, wanted: Wanted, printer: LogPrinter, signal: AbortSignal) {
    this.#access = access;
    this.#wanted = wanted;
    this.#printer = printer;
    this.#signal = signal;
  }

  /** Prints the stored lines of all containers, ordered by time. */
  async once(pods: readonly Pod[]): Promise<number> {
    const sources = this.#sourcesOf(pods);
    const named = nameOf(sources);
    const refused: Error[] = [];
    const all: PrintedLine[] = [];
    for (const source of sources) {
      try {
        for await (const line of this.#lines(source, false, this.#wanted.tail)) all.push(line);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        refused.push(error);
      }
    }
    const several = sources.length > 1;
    if (several) all.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    for (const line of all) this.#printer.print(line, named);
    if (refused.length === 0 || refused.length < sources.length) return EXIT.ok;
    throw refused[0];
  }

  /** Starts following new runs of these pods' containers. */
  follow(pods: readonly Pod[]): void {
    const sources = this.#sourcesOf(pods);
    const named =
      this.#wanted.selector !== undefined || sources.length > 1 ? nameOf(sources) : "no";
    for (const source of sources) {
      const run = runOf(source);
      const id = `${source.pod.metadata.uid}/${source.container}`;
      if (run === undefined || this.#followed.get(id) === run) continue;
      const isFirst = this.#followed.size < sources.length && !this.#followed.has(id);
      this.#followed.set(id, run);
      const { tail } = this.#wanted;
      this.#pass(source, isFirst ? tail : undefined, named).catch(() => {
        // It has ended meanwhile; its next run will be followed.
      });
    }
  }

  async #pass(source: Source, tail: number | undefined, named: "no" | "pod" | "container") {
    for await (const line of this.#lines(source, true, tail)) this.#printer.print(line, named);
  }

  #sourcesOf(pods: readonly Pod[]): Source[] {
    const { container } = this.#wanted;
    return pods.flatMap((pod) => {
      const names = pod.spec.containers.map(({ name }) => name);
      return (container === undefined ? names : [container]).map((name) => ({
        pod,
        container: name,
      }));
    });
  }

  async *#lines(
    { pod, container }: Source,
    follow: boolean,
    tail: number | undefined,
  ): AsyncGenerator<PrintedLine> {
    const { namespace = DEFAULT_NAMESPACE, name } = pod.metadata;
    const { previous, since } = this.#wanted;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`;
    const response = await askApi(this.#access, path, {
      signal: this.#signal,
      query: {
        container,
        timestamps: true,
        ...(follow && { follow }),
        ...(previous && { previous }),
        ...(tail !== undefined && { tailLines: tail }),
        ...(since !== undefined && { sinceSeconds: Math.max(1, Math.ceil(since / 1_000)) }),
      },
    });
    for await (const text of createInterface({ input: response })) {
      const space = text.indexOf(" ");
      const [time, line] = [text.slice(0, space), text.slice(space + 1)];
      yield { time, namespace, pod: name, container, line };
    }
  }
}

/** Identifies one run of a container; undefined while it does not run. */
function runOf({ pod, container }: Source): string | undefined {
  const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
  if (status === undefined) return undefined;
  const { running, terminated } = status.state ?? {};
  if (running === undefined && terminated === undefined) return undefined;
  return `${status.restartCount}`;
}

function nameOf(sources: readonly Source[]): "no" | "pod" | "container" {
  if (sources.length <= 1) return "no";
  const pods = new Set(sources.map(({ pod }) => pod));
  return pods.size === sources.length ? "pod" : "container";
}

/** Prints the stored lines of pods, or of an `up`, that are gone. */
function printRecord(
  context: Context,
  wanted: Wanted,
  printer: LogPrinter,
  running: RunningEngine | undefined,
  store?: StoreReader,
): number {
  const record = readRecord(context, running?.info.folder);
  const lines = (record ?? []).filter((line) => isWanted(line, wanted));
  const shown = ofRun(lines, wanted);
  if (shown.length === 0) {
    if (store !== undefined && wanted.word !== undefined) {
      // Lists the names that exist.
      const object = namedObject(store, wanted.word, wanted.namespace);
      const what = `${object.kind} ${object.metadata.name}`;
      throw new CommandError(EXIT.no, `${what} has no pods, and had none that wrote anything`);
    }
    throw new CommandError(
      EXIT.no,
      record === undefined
        ? "no `kubelane up` of this folder runs, and none has left anything"
        : "no pod like that has written anything that is kept",
      "kubelane logs TYPE/NAME, or -l with a selector while up runs",
    );
  }
  const pods = new Set(shown.map(({ pod }) => pod));
  for (const { time, run: _, ...line } of shown) {
    printer.print({ time: new Date(time).toISOString(), ...line }, pods.size > 1 ? "pod" : "no");
  }
  return EXIT.ok;
}

/** The workload may be gone as well, so its pods are recognized by the beginning of their names. */
function isWanted({ namespace, pod, container }: RecordedLine, wanted: Wanted): boolean {
  const name = wanted.word?.split("/").at(-1);
  if (name === undefined) return false;
  if (pod !== name && !pod.startsWith(`${name}-`)) return false;
  if (wanted.namespace !== undefined && namespace !== wanted.namespace) return false;
  return wanted.container === undefined || container === wanted.container;
}

function ofRun(lines: readonly RecordedLine[], { previous, tail, since }: Wanted): RecordedLine[] {
  const last = new Map<string, number>();
  const id = ({ namespace, pod, container }: RecordedLine) => `${namespace}/${pod}/${container}`;
  for (const line of lines) last.set(id(line), line.run);
  const from = since === undefined ? 0 : Date.now() - since;
  const shown = lines.filter(
    (line) => line.time >= from && (!previous || line.run === (last.get(id(line)) ?? 0) - 1),
  );
  return tail === undefined ? shown : tail === 0 ? [] : shown.slice(-tail);
}
