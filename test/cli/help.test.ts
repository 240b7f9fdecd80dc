import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { kubelane } from "../support/terminal.ts";

describe("help", () => {
  it("lists the commands", async () => {
    const { code, stdout, stderr } = await kubelane(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toMatchSnapshot();
  });

  it.each(COMMANDS.map(({ name }) => name))("explains %s, within 80 columns", async (name) => {
    const { code, stdout, stderr } = await kubelane([name, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toMatchSnapshot();
  });

  it("gives every command but version an example", () => {
    expect(COMMANDS.filter(({ examples }) => examples.length === 0)).toEqual([]);
  });
});

describe("a mistyped command line", () => {
  it.each([
    [["gett", "pods"], "Did you mean get?"],
    [["get", "pods", "--selektor", "a"], "Did you mean --selector?"],
    [["get"], "missing required argument 'type'"],
    [["get", "pods", "-o", "xml"], "Allowed choices are table, wide, json, yaml, name"],
    [["match"], "missing required argument 'selector'"],
  ])("%j is answered with what was probably meant, and exits with 2", async (argv, message) => {
    const { code, stdout, stderr } = await kubelane(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/\(see kubelane .*--help\)/);
  });

  it.each([
    [["help", "upp"], "did you mean up?"],
    [["upp", "--help"], "did you mean up?"],
    [["help", "nothing-of-the-kind"], "see kubelane --help"],
  ])("%j says that there is no such command", async (argv, hint) => {
    expect(await kubelane(argv)).toEqual({
      code: 2,
      stdout: "",
      stderr: `kubelane: there is no command "${argv.find((word) => !/help$/.test(word))}"\n  ${hint}\n`,
    });
  });

  it.each([
    [["apply", "-f", "x.yaml"], "save the file"],
    [["port-forward", "svc/web"], "serves every Service"],
  ])("%j, which is kubectl's, is answered with what does it here", async (argv, hint) => {
    const { code, stderr } = await kubelane(argv);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: unknown command '${argv[0]}'`);
    expect(stderr).toContain(hint);
  });

  it("prints the version", async () => {
    expect(await kubelane(["--version"])).toEqual({ code: 0, stdout: "0.0.0\n", stderr: "" });
  });
});
