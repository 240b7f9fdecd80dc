import type { WorldPod, WorldService } from "../world.ts";

/** How things are, told by a shape and a word as well as by a colour. */
export type Tone = "ok" | "partial" | "waiting" | "bad" | "ending" | "none";

export interface State {
  readonly tone: Tone;
  /** A key of the words. */
  readonly word: string;
}

/** How a Service is: phrases what the gateway says of its endpoints. */
export function stateOfService({ type, ready, total, problem }: WorldService): State {
  if (type === "ExternalName") return { tone: "none", word: "external" };
  if (problem !== undefined) return { tone: "bad", word: "noPod" };
  return ready < total ? { tone: "partial", word: "partial" } : { tone: "ok", word: "ready" };
}

const TONES: Readonly<Record<WorldPod["stage"], Tone>> = {
  ready: "ok",
  starting: "waiting",
  unready: "partial",
  failing: "bad",
  terminating: "ending",
  finished: "none",
};

export function stateOfPod({ stage }: WorldPod): State {
  return { tone: TONES[stage], word: stage };
}

export function isWrong({ tone }: State): boolean {
  return tone === "bad" || tone === "partial" || tone === "waiting";
}
