import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s`, `1h30m`, as kubectl takes it. @returns milliseconds. @throws CommandError */
export function parseDuration(option: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join("") === text) {
    return parts.reduce((sum, [, number, unit = ""]) => sum + Number(number) * UNITS[unit]!, 0);
  }
  const next = "write, for example, 30s, 5m or 1h30m";
  throw new CommandError(EXIT.usage, `${option} ${text} is no duration`, next);
}
