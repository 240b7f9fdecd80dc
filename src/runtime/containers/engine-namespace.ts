import { spawn } from "node:child_process";
import { once } from "node:events";
import { hasSystemPowers } from "../../network/facts.ts";
import type { LocalPods } from "../local-pods.ts";
import { type ContainerEngine, containerEngine } from "./container-engine.ts";

/** The user namespace in which an engine runs an ordinary user's containers, until it is released. */
export interface EngineNamespace {
  /** The command line prefix that starts a command in it. */
  readonly words: readonly string[];
  release(): void;
}

/**
 * The user namespace in which a network of pods must be made so that an engine's containers can join it: a process
 * may join networks only of its own user namespace and those below.
 * @returns undefined where no containers are asked for, or none is needed for them
 */
export async function engineNamespace(pods: LocalPods): Promise<EngineNamespace | undefined> {
  const { run, containers = "off" } = pods;
  const isAsked = containers !== "off" || run.some((entry) => "ownImage" in entry);
  if (!isAsked || hasSystemPowers()) return undefined;
  let engine: ContainerEngine;
  try {
    engine = containerEngine(containers);
  } catch {
    // The error for each pod that needs it.
    return undefined;
  }
  if (engine.name !== "podman") return undefined;
  const holder = spawn(engine.program, ["unshare", "sh", "-c", "echo $$; read -r _"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  holder.on("error", () => {});
  holder.stdin.on("error", () => {});
  const [said] = await Promise.race([once(holder.stdout, "data"), once(holder, "close")]);
  const pid = Number(String(said));
  if (!Buffer.isBuffer(said) || !Number.isInteger(pid)) return undefined;
  return {
    words: ["nsenter", "--preserve-credentials", `--user=/proc/${pid}/ns/user`, "--"],
    release: () => holder.stdin.end(),
  };
}
