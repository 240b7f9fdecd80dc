import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../../src/cli/commands/run.ts";
import { shell } from "../../src/cli/commands/shell.ts";
import { type NamespaceFacts, whyNoNamespace } from "../../src/network/refusal.ts";
import { commandEnvironment } from "../../src/shell/environment.ts";

const PAGE = readFileSync(resolve(import.meta.dirname, "../../docs/shell.md"), "utf8");

const FACTS: NamespaceFacts = {
  platform: "linux",
  missing: [],
  distribution: ["debian"],
  isRoot: false,
  complaint: "Operation not permitted",
};

describe("the page about shells", () => {
  it("names only options that there are", () => {
    const known = new Set(
      [...shell.options, ...run.options].flatMap(({ flags }) => flags.match(/--?[a-z][a-z-]*/g)),
    );
    const lines = [...PAGE.matchAll(/kubelane (?:shell|run)([^\n`|]*?)(?: -- |`|\n)/g)];
    const used = lines.flatMap(([, words = ""]) => words.match(/(?<=\s)--?[a-z][a-z-]*/g) ?? []);
    expect(used.length).toBeGreaterThan(4);
    expect(used.filter((option) => !known.has(option))).toEqual([]);
  });

  it("names every variable that is set", () => {
    const variables = commandEnvironment({}, { namespace: "shop", nodeAddress: "192.0.2.7" });
    for (const name of Object.keys(variables)) expect(PAGE).toContain(name);
  });

  it.each([
    ["Ubuntu's", { apparmorRestrictsUserns: 1 }],
    ["the older Debian's", { unprivilegedUsernsClone: 0 }],
    ["the kernel's", { maxUserNamespaces: 0 }],
    ["the container's", {}],
    ["the installer's", { missing: ["unshare", "ip"] }],
  ])("has the same command to allow it as the message: %s", (_name, facts) => {
    expect(PAGE).toContain(`\`${whyNoNamespace({ ...FACTS, ...facts }).allow}\``);
  });
});
