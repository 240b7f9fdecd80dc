import { describe, expect, it } from "vitest";
import type { ImageEntry } from "../../src/manifests/local-config.ts";
import { commandLine } from "../../src/runtime/command-line.ts";
import { run } from "./harness.ts";

const container = { name: "main", command: ["/app/server", "--log"], args: ["$(PORT)", "$PORT"] };

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
    expect(commandLine(run(command), container, variables)).toEqual(expected);
  });

  it("as a text goes to the shell as it is", () => {
    expect(commandLine(run("npm run dev -- -p $PORT"), container, variables)).toEqual([
      "sh",
      "-c",
      "npm run dev -- -p $PORT",
    ]);
  });

  it.each<[string, ImageEntry["command"], object, readonly string[]]>([
    [
      "is given the words",
      ["echo", "$PORT"],
      container,
      ["echo", "20001", "--log", "20001", "$PORT"],
    ],
    ["is given args alone", ["echo"], { name: "main", args: ["a"] }, ["echo", "a"]],
    ["is given nothing", "npm start", { name: "main" }, ["sh", "-c", "npm start"]],
    [
      "is given them as parameters of a line",
      'exec echo "$@"',
      { name: "main", args: ["a b"] },
      ["sh", "-c", 'exec echo "$@"', "sh", "a b"],
    ],
  ])("for an image %s", (_, command, of, expected) => {
    const { target: _target, ...process } = run(command);
    const entry = { ...process, pattern: "echo" };
    expect(commandLine(entry, { name: "main", ...of }, variables)).toEqual(expected);
  });
});
