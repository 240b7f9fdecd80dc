import { expect, it } from "vitest";
import { exitCodeOf } from "../../src/cli/exit-code.ts";

it.each([
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGQUIT", 131],
  ["SIGTERM", 143],
] as const)("a command that %s ended exits with %d, as in shells", (signal, code) => {
  expect(exitCodeOf(signal)).toBe(code);
});
