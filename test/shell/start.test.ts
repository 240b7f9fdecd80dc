import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findProgram, systemPath } from "../../src/network/program.ts";
import { quote } from "../../src/network/script-text.ts";
import { commandEnvironment } from "../../src/shell/environment.ts";
import { interactiveShell, onOwnTerminal } from "../../src/shell/interactive.ts";

const PLACE = { KUBELANE_SHELL: "shop", KUBELANE_NODE: "192.0.2.7" };
const options = (own: Record<string, string>) => ({
  namespace: "shop",
  nodeAddress: "192.0.2.7",
  own,
});

describe("the environment of a command", () => {
  it.each([
    ["is the user's, and says where it is", { A: "1" }, {}, { A: "1", ...PLACE }],
    [
      "has no proxies, which are out of reach",
      { HTTP_PROXY: "http://127.0.0.1:8080", https_proxy: "x", No_Proxy: "y", ALL_PROXY: "z" },
      {},
      { ...PLACE },
    ],
    [
      "has what the pod names, proxies too",
      { A: "1", HTTP_PROXY: "outer" },
      { A: "2", HTTP_PROXY: "http://squid.infra:3128", constructor: "3" },
      { A: "2", HTTP_PROXY: "http://squid.infra:3128", constructor: "3", ...PLACE },
    ],
    ["leaves out what is not set", { A: undefined }, {}, { ...PLACE }],
  ])("%s", (_name, inherited, own, expected) => {
    expect({ ...commandEnvironment(inherited, options(own)) }).toEqual(expected);
  });
});

describe("an interactive shell", () => {
  it.each([
    ["/bin/bash", ["/bin/bash", "--rcfile", "/f/bashrc", "-i"], ["bashrc"]],
    ["/usr/bin/zsh", ["/usr/bin/zsh", "-i"], [".zshenv", ".zshrc"]],
    ["/bin/sh", ["/bin/sh"], []],
    ["/opt/nu", ["/opt/nu"], []],
  ])("of %s starts with its prompt marked where that can be done", (shell, command, files) => {
    const started = interactiveShell(shell, "(here) ", "/f", {});
    expect(started.command).toEqual(command);
    expect([...started.files.keys()]).toEqual(files);
  });

  it.each(["bash", "zsh", "fish", "sh"])("of %s expands nothing of a mark", (shell) => {
    const started = interactiveShell(shell, "($(touch x) `y` %n \\u) ", "/f", {});
    const text = JSON.stringify([started.command, started.env, [...started.files.values()]]);
    expect(text).toContain("(kubelane) ");
    expect(text).not.toContain("touch");
  });

  it("of fish is marked by a command", () => {
    const [shell, option, start] = interactiveShell("fish", "(here) ", "/f", {}).command;
    expect([shell, option]).toEqual(["fish", "--init-command"]);
    expect(start).toContain("echo -n '(here) '");
  });

  it("has a terminal of its own, and its own SHELL there", () => {
    const { command, env, files } = onOwnTerminal(
      interactiveShell("/bin/bash", "(here) ", "/f", {}),
      "/bin/bash",
    );
    expect(command).toEqual([
      ...["script", "--quiet", "--return", "--command"],
      "SHELL='/bin/bash' exec '/bin/bash' '--rcfile' '/f/bashrc' '-i'",
      "/dev/null",
    ]);
    expect(env).toEqual({ SHELL: "/bin/sh" });
    expect([...files.keys()]).toEqual(["bashrc"]);
  });

  it("of zsh gives the user's folder back", () => {
    const { files, env } = interactiveShell("zsh", "(here) ", "/f", { ZDOTDIR: "/home/it's" });
    expect(env).toEqual({ ZDOTDIR: "/f" });
    expect(files.get(".zshrc")).toContain("ZDOTDIR='/home/it'\\''s'\n");
  });
});

describe("a program", () => {
  it("is found as a shell finds it", () => {
    expect(findProgram("sh", systemPath(undefined))).toMatch(/^(?:\/usr)?\/bin\/sh$/);
    expect(findProgram("./sh", "/bin", "/bin")).toBe("/bin/sh");
    expect(findProgram("no-such-program", systemPath("/bin"))).toBeUndefined();
    expect(findProgram("bin", "/usr")).toBeUndefined();
  });

  it("is told to a shell as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."a'\"$`\\ \n;&*") }), (word) => {
        const { stdout } = spawnSync("sh", ["-c", `printf %s ${quote(word)}`], {
          encoding: "utf8",
        });
        expect(stdout).toBe(word);
      }),
      { numRuns: 20 },
    );
  });
});
