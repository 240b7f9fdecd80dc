import { parseDuration as parse } from "../../manifests/settings/duration.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** `90s`, `1h30m`, as kubectl takes it. @returns milliseconds. @throws CommandError */
export function durationOption(option: string, text: string): number {
  const duration = parse(text);
  if (duration !== undefined) return duration;
  const next = "write, for example, 30s, 5m or 1h30m";
  throw new CommandError(EXIT.usage, `${option} ${text} is no duration`, next);
}
