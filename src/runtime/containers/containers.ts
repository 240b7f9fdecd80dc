import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import type { ContainerMode } from "../../manifests/local-config.ts";
import { quote } from "../../network/script-text.ts";
import { LaunchProblem } from "../launch-problem.ts";
import { type ContainerEngine, containerEngine } from "./container-engine.ts";
import { removeWords } from "./container-words.ts";
import { IMAGE_FORMAT, type LocalImage, qualifiedReference, readImage } from "./image.ts";

const run = promisify(execFile);

/**
 * The containers that a runtime has started. An engine runs them apart from this process, so a keeper process notices
 * when this process has ended, in whatever way, and removes the rest.
 */
export class Containers {
  readonly label = `dev.kubelane.run=${randomUUID()}`;
  readonly #mode: () => ContainerMode;
  readonly #fetching = new Map<string, Promise<LocalImage>>();
  readonly #keepers = new Map<string, ChildProcess>();

  constructor(mode: () => ContainerMode) {
    this.#mode = mode;
  }

  /** @throws LaunchProblem when no engine is installed */
  get engine(): ContainerEngine {
    return containerEngine(this.#mode());
  }

  /** Reserves a name for a container; a container with that name never outlives this process. */
  nameFor(engine: ContainerEngine, pod: string, container: string): string {
    if (!this.#keepers.has(engine.program)) {
      this.#keepers.set(engine.program, startKeeper(engine, this.label));
    }
    return `kubelane-${pod}-${container}-${randomBytes(4).toString("hex")}`;
  }

  /**
   * An image, fetched unless the machine has it: whatever `imagePullPolicy` says, an image on the machine may be what
   * a developer has just built.
   * @param onFetch called before it is fetched
   * @throws LaunchProblem
   */
  async image(
    engine: ContainerEngine,
    reference: string,
    isNeverFetched: boolean,
    onFetch: () => void,
  ): Promise<LocalImage> {
    const local = await localImage(engine, reference);
    if (local !== undefined) return local;
    if (isNeverFetched) {
      const message = `${engine.name} has no image ${reference}, and imagePullPolicy is Never: build it, or let it be pulled`;
      throw new LaunchProblem("ErrImageNeverPull", message);
    }
    // Fetched once for all pods that wait for it.
    const key = `${engine.name} ${reference}`;
    const fetching = this.#fetching.get(key);
    if (fetching !== undefined) return fetching;
    onFetch();
    const fetched = fetch(engine, reference).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetched);
    return fetched;
  }

  /** Ends a container; a missing one is no error. */
  async remove(engine: ContainerEngine, name: string): Promise<void> {
    const [program = "", ...words] = removeWords(engine, name);
    await run(program, words).catch(() => {});
  }

  /** Removes all remaining containers. */
  async close(): Promise<void> {
    const ended = [...this.#keepers.values()].map(
      (keeper) =>
        new Promise<void>((resolve) => {
          keeper.once("error", () => resolve());
          keeper.once("close", () => resolve());
          keeper.stdin?.end();
        }),
    );
    this.#keepers.clear();
    await Promise.all(ended);
  }
}

async function localImage(
  { program }: ContainerEngine,
  reference: string,
): Promise<LocalImage | undefined> {
  try {
    const { stdout } = await run(program, [
      "image",
      "inspect",
      "--format",
      IMAGE_FORMAT,
      reference,
    ]);
    return readImage(stdout);
  } catch (error) {
    // A missing image has an exit code of its own; any other failure is an error of the engine.
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    if (typeof code === "number" && !/cannot connect|permission denied/i.test(stderr))
      return undefined;
    throw new LaunchProblem("ContainerEngineFailed", reasonOf(error, program), { cause: error });
  }
}

async function fetch(engine: ContainerEngine, reference: string): Promise<LocalImage> {
  const name = qualifiedReference(reference);
  try {
    await run(engine.program, ["pull", "--quiet", name]);
  } catch (error) {
    const message = `${reference}: ${reasonOf(error, engine.program)}`;
    throw new LaunchProblem("ErrImagePull", message, { cause: error });
  }
  const image = await localImage(engine, name);
  if (image !== undefined) return image;
  throw new LaunchProblem("ErrImagePull", `${reference}: ${engine.name} pulled it, and has it not`);
}

/** The last line of an engine's error output. */
function reasonOf(error: unknown, program: string): string {
  const { stderr = "", message } = error as { stderr?: string; message: string };
  const said = stderr.split("\n").findLast((line) => line.trim() !== "");
  return said === undefined ? `${program}: ${message}` : said.trim();
}

/** Starts a process that outlives this one for as long as removing its containers takes. */
function startKeeper(engine: ContainerEngine, label: string): ChildProcess {
  const list = [engine.program, "ps", "--all", "--quiet", "--no-trunc", "--filter"];
  const removal = removeWords(engine, "").slice(0, -1);
  const script = [
    "cat >/dev/null",
    `${list.map(quote).join(" ")} "label=$0" | {`,
    "while read -r id; do",
    // Containers are removed in parallel.
    `  ${removal.map(quote).join(" ")} "$id" </dev/null &`,
    "done",
    "wait",
    "}",
  ].join("\n");
  const keeper = spawn("sh", ["-c", script, label], {
    stdio: ["pipe", "ignore", "ignore"],
    // In a process group of its own, which neither Ctrl-C of a terminal nor a kill of this process' group reaches.
    detached: true,
  });
  keeper.on("error", () => {});
  keeper.stdin?.on("error", () => {});
  keeper.unref();
  return keeper;
}
