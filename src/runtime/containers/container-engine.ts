import type { ContainerMode } from "../../manifests/local-config.ts";
import { ownDistribution } from "../../network/facts.ts";
import { findProgram, systemPath } from "../../network/program.ts";
import { installCommand } from "../../network/refusal.ts";
import { LaunchProblem } from "../launch-problem.ts";

/** A program that runs containers. */
export interface ContainerEngine {
  readonly name: "podman" | "docker";
  readonly program: string;
}

/**
 * The engine that a setting selects. Engines that run containers as the user's own processes are preferred: their
 * containers can join the network of a pod.
 * @throws LaunchProblem when it is not installed
 */
export function containerEngine(
  mode: ContainerMode,
  find: (name: string) => string | undefined = inSystem,
): ContainerEngine {
  const names = mode === "podman" || mode === "docker" ? [mode] : (["podman", "docker"] as const);
  for (const name of names) {
    const program = find(name);
    if (program !== undefined) return { name, program };
  }
  const reason =
    names.length === 1
      ? `${names[0]} is not installed, and \`containers: ${mode}\` asks for it`
      : "neither podman nor docker is installed, and one of them is needed to run a container";
  const install = installCommand([names[0] ?? "podman"], ownDistribution());
  const next = install === undefined ? "" : `; to install it: ${install}`;
  const instead = "; or name a `command` or a `stub` for it in kubelane.yaml";
  throw new LaunchProblem("NoContainerEngine", `${reason}${next}${instead}`);
}

const inSystem = (name: string) => findProgram(name, systemPath(process.env["PATH"]));
