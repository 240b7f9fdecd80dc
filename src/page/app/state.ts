import type { WorldPod, WorldService } from "../world.ts";
import type { Word } from "./words.ts";

/** States, shown by shape and word as well as by colour. */
export type Tone = "ok" | "partial" | "waiting" | "bad" | "ending" | "none";

export interface State {
  readonly tone: Tone;
  readonly word: Word;
}

/** The state of a Service, derived from what the gateway reports about its endpoints. */
export function stateOfService({ type, ready, total, problem }: WorldService): State {
  if (type === "ExternalName") return { tone: "none", word: "external" };
  if (problem !== undefined) return { tone: "bad", word: "noPod" };
  return ready < total ? { tone: "partial", word: "partial" } : { tone: "ok", word: "ready" };
}

/** ` · 2/3`: how many of its endpoints are ready. An ExternalName has none. */
export function countsOf({ type, ready, total }: WorldService): string {
  return type === "ExternalName" ? "" : ` · ${ready}/${total}`;
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
