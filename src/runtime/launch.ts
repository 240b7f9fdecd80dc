import { readFileSync } from "node:fs";
import type { ContainerEntry, ImageEntry, ProcessEntry } from "../manifests/local-config.ts";
import type { PodEntry } from "../network/pod-network.ts";
import type { StringMap } from "../objects/object.ts";
import type { Container, Pod } from "../objects/pod.ts";
import { commandLine } from "./command-line.ts";
import { parseEnvFile } from "./env-file.ts";
import { type EnvironmentInput, environmentOf } from "./environment.ts";
import { LaunchProblem } from "./launch-problem.ts";
import { spawnInside } from "./network-home.ts";
import { addHook } from "./node-hook.ts";
import type { PodHome, PodSurroundings } from "./pod-home.ts";
import type { Spawn } from "./process-group.ts";
import type { RuntimeSettings } from "./runtime-settings.ts";
import type { PodVolumes } from "./volumes/pod-volumes.ts";

/** Everything needed to start a container. */
export interface Launch {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: StringMap;
  /** Container port → port on loopback; 0 stands for the one port of a container that declares none. */
  readonly ports: ReadonlyMap<number, number>;
  readonly home: PodHome;
  /** Starts it and the commands next to it. Absent: as ordinary processes of this machine. */
  readonly spawn?: Spawn;
  /** The same for others who start something in the pod. */
  readonly entry?: PodEntry;
  /** Of a container that an engine runs: the command is the engine's program, which lasts as long as it. */
  readonly container?: EngineContainer;
}

/** What is between a container and the program that stands for it here. */
export interface EngineContainer {
  /** Passed on by the program, and what its image wants to end. */
  readonly stopSignal: NodeJS.Signals;
  /** Ends the container where the program could not. */
  readonly clear: () => Promise<void>;
  /** The command line that runs a command in the container. */
  readonly wordsBeside: (
    command: readonly string[],
    how: { readonly stdin: boolean; readonly tty: boolean },
  ) => readonly string[];
}

/**
 * Prepares the command, folder, environment and volumes of a container.
 * @throws LaunchProblem when a ConfigMap, Secret or file that it refers to is missing.
 */
export async function launchOf(
  entry: ProcessEntry | ImageEntry,
  input: Omit<EnvironmentInput, "entry">,
  home: PodHome,
  volumes: PodVolumes,
): Promise<Launch> {
  const { container, ports } = input;
  const variables = variablesFor(entry, input);
  const mounts = volumes.mountsOf(container, variables);
  const into = await home.entryWith?.(mounts);
  const folder = into === undefined ? volumes.linksTo(container, mounts) : undefined;
  const env: Record<string, string> = { ...variables };
  if (folder !== undefined) env["KUBELANE_VOLUMES"] = folder;
  if (home.nodeHook !== undefined && entry.register !== false) addHook(env, home.nodeHook);
  const command = commandLine(entry, container, env);
  return {
    command,
    cwd: entry.cwd,
    env,
    ports,
    home,
    ...(into && { entry: into, spawn: spawnInside(into) }),
  };
}

/**
 * The variables of a container, with those of its entry.
 * @throws LaunchProblem when a ConfigMap, Secret or file they refer to is missing.
 */
export function variablesFor(
  { envFile, env }: Pick<ContainerEntry, "env" | "envFile">,
  input: Omit<EnvironmentInput, "entry">,
): StringMap {
  const { variables, problems } = environmentOf({
    ...input,
    entry: { ...readEnvFile(envFile), ...env },
  });
  if (problems.length === 0) return variables;
  const next = "add it, or set the variable under `env` of its entry in kubelane.yaml";
  throw new LaunchProblem("CreateContainerConfigError", `${problems.join("; ")}; ${next}`);
}

function readEnvFile(path: string | undefined): Record<string, string> {
  if (path === undefined) return {};
  try {
    return parseEnvFile(readFileSync(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : message;
    throw new LaunchProblem("CreateContainerConfigError", `envFile ${path}: ${why}`, {
      cause: error,
    });
  }
}

/** The sources of a container's environment, without its entry. */
export function environmentInput({
  pod,
  container,
  ports,
  home,
  settings,
}: {
  readonly pod: Pod;
  readonly container: Container;
  readonly ports: ReadonlyMap<number, number>;
  readonly home: PodSurroundings;
  readonly settings: RuntimeSettings;
}): Omit<EnvironmentInput, "entry"> {
  return {
    pod,
    podIP: home.podIP,
    hostIP: home.hostIP,
    nodeName: pod.spec.nodeName ?? settings.nodeName,
    container,
    store: settings.store,
    sources: settings.sources,
    ports,
    serviceAddress: home.serviceAddress,
    inherited: home.inherited,
    extra: home.extra,
  };
}
