import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { kubelane } from "../support/terminal.ts";
import { Terminal } from "../support/tmux.ts";
import { describeWith } from "../support/tools.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-completion-"));
  mkdirSync(join(folder, "manifests-here"));
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await kubelane(["completion", shell]);
    expect(code).toBe(0);
    writeFileSync(join(folder, `completion.${shell}`), stdout);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is offered for the last word of a line. */
const CASES: readonly [line: string, some: readonly string[], none: readonly string[]][] = [
  ["kubelane re", ["resolve"], ["get", "run"]],
  ["kubelane ", COMMANDS.map(({ name }) => name), []],
  ["kubelane get po", ["pods", "pod", "po"], ["svc"]],
  ["kubelane get pods -o ", ["table", "wide", "json", "yaml", "name"], ["pods"]],
  ["kubelane get --la", ["--label-columns"], ["--namespace"]],
  ["kubelane check -o s", ["sarif"], ["json"]],
  ["kubelane check man", ["manifests-here"], []],
  ["kubelane get pods -f man", ["manifests-here"], []],
  ["kubelane --color always tr", ["trace"], []],
  ["kubelane config v", ["view"], []],
  ["kubelane completion ", ["bash", "zsh", "fish"], []],
  ["kubelane match --ov", ["--overlaps"], ["--implies"]],
];

describeWith(["bash"], "completion in bash", () => {
  const complete = (line: string) => {
    const words = line.split(" ");
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const script = `source completion.bash; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _kubelane; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], {
      cwd: folder,
      encoding: "utf8",
    });
    // Outside of a real completion there is no compopt, and nothing else may be said.
    expect(stderr).toBe("");
    return stdout.trim().split("\n");
  };

  it.each(CASES)("%s", (line, some, none) => {
    const offered = complete(line);
    expect(offered).toEqual(expect.arrayContaining([...some]));
    for (const word of none) expect(offered).not.toContain(word);
  });
});

describeWith(["fish"], "completion in fish", () => {
  const complete = (line: string) => {
    const script = `source completion.fish; complete -C '${line}'`;
    const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", script], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    return stdout
      .trim()
      .split("\n")
      .map((row) => row.split("\t")[0]!.replace(/\/$/, ""));
  };

  it.each(CASES)("%s", (line, some, none) => {
    const offered = complete(line);
    expect(offered).toEqual(expect.arrayContaining([...some]));
    for (const word of none) expect(offered).not.toContain(word);
  });
});

describe.each([
  ["bash", "bash --norc --noprofile", "source completion.bash"],
  ["zsh", "zsh -f", "autoload -Uz compinit && compinit -u -D && source completion.zsh"],
  ["fish", "fish --no-config", "source completion.fish"],
])("completion at a prompt", (shell, command, source) => {
  describeWith(["tmux", shell], shell, () => {
    it.each([
      ["kubelane resol", "kubelane resolve"],
      ["kubelane get --label-c", "kubelane get --label-columns"],
      ["kubelane get pods -o wi", "kubelane get pods -o wide"],
      ["kubelane get podd", "kubelane get poddisruptionbudget"],
      ["kubelane check manifests-h", "kubelane check manifests-here/"],
    ])("%s⇥", async (typed, completed) => {
      const terminal = new Terminal(command, folder);
      try {
        terminal.type(source, "Enter", "echo ready-42", "Enter");
        await terminal.until(/^ready-42/m);
        terminal.type(typed);
        await terminal.until(new RegExp(`${typed}`));
        terminal.type("Tab");
        await terminal.until(new RegExp(`${completed}`));
      } finally {
        terminal.close();
      }
    });
  });
});
