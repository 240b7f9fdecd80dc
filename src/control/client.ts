import { readdir, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { basename, isAbsolute, join, relative, sep } from "node:path";
import { createInterface } from "node:readline";
import type { KubernetesObject } from "../objects/object.ts";
import { EngineEndedError, whyUnanswered } from "./ended-error.ts";
import {
  type ControlInfo,
  INFO_PATH,
  OBJECTS_PATH,
  WATCH_PATH,
  type WatchLine,
} from "./protocol.ts";
import { askEngine, wholeAnswer } from "./request.ts";

/** Milliseconds that a running engine may take to answer. It answers from memory, but the machine may be busy. */
const PATIENCE = 20_000;

/** An engine that has a socket and doesn't answer: it is stopped, or the machine is overloaded. */
export class SilentEngineError extends Error {
  override readonly name = "SilentEngineError";
  readonly code = "engine-silent";
  readonly pid: number;

  constructor(socketPath: string, patience: number) {
    const pid = Number.parseInt(basename(socketPath), 10);
    super(`the \`up\` with pid ${pid} does not answer within ${patience / 1000} s`);
    this.pid = pid;
  }
}

/** A running engine, as seen from another process of the same user. */
export interface RunningEngine {
  readonly info: ControlInfo;
  /** For further requests. */
  readonly socketPath: string;
  objects(): Promise<KubernetesObject[]>;
  /** The state first, then every change, until the engine ends or the signal aborts. */
  watch(signal?: AbortSignal): AsyncIterable<WatchLine>;
}

/** Every engine that answers in the folder of sockets; sockets that nobody listens on are removed. */
export async function runningEngines(folder: string): Promise<RunningEngine[]> {
  return (await askAll(folder, PATIENCE)).engines;
}

async function askAll(folder: string, patience: number) {
  const entries = await readdir(folder).catch(() => [] as string[]);
  const sockets = entries
    .filter((name) => name.endsWith(".sock"))
    .map((name) => join(folder, name));
  const found = await Promise.all(sockets.map((socket) => open(socket, patience)));
  return {
    engines: found.filter((each): each is RunningEngine => each !== undefined && "info" in each),
    silent: found.filter((each) => each instanceof SilentEngineError),
  };
}

/**
 * The running engine for a folder: the one whose manifests or own folder are nearest above it (or equal it), else the
 * only one that runs. Among several others it doesn't guess.
 * @param patience milliseconds to wait for each
 * @throws SilentEngineError when none is found, and a possible one does not answer
 */
export async function findRunningEngine(
  folder: string,
  sockets: string,
  patience = PATIENCE,
): Promise<RunningEngine | undefined> {
  const { engines, silent } = await askAll(sockets, patience);
  const [nearest] = engines
    .map((engine) => ({ engine, depth: depthAbove(engine.info, folder) }))
    .filter(({ depth }) => depth >= 0)
    .sort((a, b) => b.depth - a.depth || b.engine.info.pid - a.engine.info.pid);
  if (nearest === undefined && silent[0] !== undefined) throw silent[0];
  return nearest?.engine ?? (engines.length === 1 ? engines[0] : undefined);
}

/** The engines that a word names: by a pid, the folder, or the last part of it. */
export function enginesNamed(engines: readonly RunningEngine[], word: string): RunningEngine[] {
  return engines.filter(
    ({ info }) => `${info.pid}` === word || info.folder === word || engineName(info) === word,
  );
}

/** An engine's short name: the last part of its folder. */
export function engineName({ folder }: ControlInfo): string {
  return basename(folder);
}

/**
 * How near above a folder an engine's own folder or manifests are, by the length of the path; -1 if they aren't above
 * it.
 */
function depthAbove({ folder, manifests = [] }: ControlInfo, path: string): number {
  const above = [folder, ...manifests].filter((each) => contains(each, path));
  return above.reduce((most, each) => Math.max(most, each.length), -1);
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function open(
  socketPath: string,
  patience: number,
): Promise<RunningEngine | SilentEngineError | undefined> {
  try {
    const info = (await getJson(socketPath, INFO_PATH, patience)) as ControlInfo;
    return {
      info,
      socketPath,
      objects: async () => (await getJson(socketPath, OBJECTS_PATH)) as KubernetesObject[],
      watch: (signal) => watch(socketPath, signal),
    };
  } catch (error) {
    const { code, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
    if (code === "ETIMEDOUT") return new SilentEngineError(socketPath, patience);
    // Left behind by a process that was killed.
    if (cause?.code === "ECONNREFUSED") await rm(socketPath, { force: true });
    return undefined;
  }
}

async function* watch(socketPath: string, signal?: AbortSignal): AsyncGenerator<WatchLine> {
  const response = await ask(socketPath, WATCH_PATH, signal);
  try {
    for await (const line of createInterface({ input: response })) yield JSON.parse(line);
  } catch (error) {
    // An engine that is killed closes the connection without a final message.
    if (!(whyUnanswered(error as Error) instanceof EngineEndedError)) throw error;
  } finally {
    response.destroy();
  }
}

async function getJson(socketPath: string, path: string, patience?: number): Promise<unknown> {
  return JSON.parse(await wholeAnswer(await ask(socketPath, path, undefined, patience)));
}

/** @throws Error for an answer that is not successful. */
async function ask(
  socketPath: string,
  path: string,
  signal?: AbortSignal,
  timeout = PATIENCE,
): Promise<IncomingMessage> {
  const response = await askEngine(socketPath, path, { timeout, ...(signal && { signal }) });
  if (response.statusCode === 200) return response;
  throw new Error(`${path}: ${await wholeAnswer(response)}`);
}
