import { readdir, rm } from "node:fs/promises";
import { request } from "node:http";
import { isAbsolute, join, relative, sep } from "node:path";
import { text } from "node:stream/consumers";
import type { KubernetesObject } from "../objects/object.ts";
import { type ControlInfo, INFO_PATH, OBJECTS_PATH } from "./protocol.ts";

/** How long a running engine may take to answer, in milliseconds; it does so from memory. */
const PATIENCE = 5000;

/** A running engine, as seen from another process of the same user. */
export interface RunningEngine {
  readonly info: ControlInfo;
  objects(): Promise<KubernetesObject[]>;
}

/** Every engine that answers in the folder of sockets; sockets that nobody listens on are removed. */
export async function runningEngines(folder: string): Promise<RunningEngine[]> {
  const entries = await readdir(folder).catch(() => [] as string[]);
  const sockets = entries
    .filter((name) => name.endsWith(".sock"))
    .map((name) => join(folder, name));
  const engines = await Promise.all(sockets.map(open));
  return engines.filter((engine) => engine !== undefined);
}

/**
 * The running engine for a folder: the one started nearest above it (or in it), else the only one there is.
 * Between several strangers it doesn't guess.
 */
export async function findRunningEngine(
  folder: string,
  sockets: string,
): Promise<RunningEngine | undefined> {
  const engines = await runningEngines(sockets);
  const above = engines
    .filter(({ info }) => contains(info.folder, folder))
    .sort((a, b) => b.info.folder.length - a.info.folder.length || b.info.pid - a.info.pid);
  return above[0] ?? (engines.length === 1 ? engines[0] : undefined);
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function open(socketPath: string): Promise<RunningEngine | undefined> {
  try {
    const info = (await getJson(socketPath, INFO_PATH)) as ControlInfo;
    return {
      info,
      objects: async () => (await getJson(socketPath, OBJECTS_PATH)) as KubernetesObject[],
    };
  } catch (error) {
    // Left behind by a process that was killed.
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED")
      await rm(socketPath, { force: true });
    return undefined;
  }
}

function getJson(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, timeout: PATIENCE }, (response) => {
      text(response).then((body) => {
        if (response.statusCode === 200) resolve(JSON.parse(body));
        else reject(new Error(`${path}: ${response.statusCode} ${body}`));
      }, reject);
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${PATIENCE} ms`)));
    call.on("error", reject).end();
  });
}
