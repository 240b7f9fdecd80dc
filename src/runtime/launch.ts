import { readFileSync } from "node:fs";
import type { ContainerEntry } from "../manifests/local-config.ts";
import type { StringMap } from "../objects/object.ts";
import type { Container, Pod } from "../objects/pod.ts";
import { commandLine } from "./command-line.ts";
import { parseEnvFile } from "./env-file.ts";
import { type EnvironmentInput, environmentOf } from "./environment.ts";
import type { PodHome, PodSurroundings } from "./pod-home.ts";
import type { RuntimeSettings } from "./runtime-settings.ts";

/** Everything needed to start a container as a process. */
export interface Launch {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: StringMap;
  /** Container port → port on loopback; 0 stands for the one port of a container that declares none. */
  readonly ports: ReadonlyMap<number, number>;
  readonly home: PodHome;
}

/** A container that can't be started as things are; it is tried again. */
export class LaunchProblem extends Error {
  override readonly name = "LaunchProblem";
  readonly code = "LAUNCH_PROBLEM";
  /** As a container's waiting state names it: `CreateContainerConfigError`. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Command, folder and environment of a container.
 * @throws LaunchProblem when a ConfigMap, Secret or file it refers to is missing.
 */
export function launchOf(
  entry: ContainerEntry,
  input: Omit<EnvironmentInput, "entry">,
  home: PodHome,
): Launch {
  const { variables, problems } = environmentOf({
    ...input,
    entry: { ...readEnvFile(entry.envFile), ...entry.env },
  });
  if (problems.length > 0) {
    const next = "add it, or set the variable under `env` of its entry in kubelane.yaml";
    throw new LaunchProblem("CreateContainerConfigError", `${problems.join("; ")}; ${next}`);
  }
  return {
    command: commandLine(entry, input.container, variables),
    cwd: entry.cwd,
    env: variables,
    ports: input.ports,
    home,
  };
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

/** What a container's environment is made of, but for its entry. */
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
