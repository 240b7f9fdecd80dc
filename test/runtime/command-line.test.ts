import { describe, expect, it } from "vitest";
import { commandLine } from "../../src/runtime/command-line.ts";

describe("a command", () => {
  const variables = { PORT: "20001", HOME: "/home/me" };
  it.each([
    [
      ["postgres", "-p", "$PORT"],
      ["postgres", "-p", "20001"],
    ],
    [
      ["x", `--listen=:$${"{PORT}"}`, "$(PORT)"],
      ["x", "--listen=:20001", "20001"],
    ],
    [
      ["x", "$PORTS", "$NOPE", "$$PORT", "$", "$(X"],
      ["x", "$PORTS", "$NOPE", "$PORT", "$", "$(X"],
    ],
    [
      ["x", "a b", "*"],
      ["x", "a b", "*"],
    ],
    [
      ["x", "$__proto__ $constructor"],
      ["x", "$__proto__ $constructor"],
    ],
  ])("as a list %j becomes %j", (command, expected) => {
    expect(commandLine(command, variables)).toEqual(expected);
  });

  it("as a text goes to the shell as it is", () => {
    expect(commandLine("npm run dev -- -p $PORT", variables)).toEqual([
      "sh",
      "-c",
      "npm run dev -- -p $PORT",
    ]);
  });
});
