import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { PageFolder } from "../support/executed-page.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PROJECT = resolve(ROOT, "examples/ci");
const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const recipe = (file: string) => parse(readFileSync(resolve(PROJECT, file), "utf8"));

const github: string[] = recipe("github-actions.yml").jobs.services.steps.flatMap(
  ({ run }: { run?: string }) => run ?? [],
);
const { before_script, script, after_script } = recipe("gitlab-ci.yml").services;
const gitlab: string[] = [...before_script, ...script, ...after_script];

// Needs curl, by which the recipes ask.
describe.runIf(hasCurl)("a job in CI ends in an answer by the name of a Service", () => {
  let folder: PageFolder;
  beforeEach(async () => {
    folder = await PageFolder.make(resolve(ROOT, "dist/bin/kubelane.cjs"));
    cpSync(PROJECT, folder.folder, { recursive: true });
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  it.each([
    ["GitHub Actions", github],
    ["GitLab", gitlab],
  ])("%s", async (_, commands) => {
    // The one command that needs a registry; what it installs is the program of this folder.
    const [install, ...rest] = commands;
    expect(install).toBe("npm ci");
    const printed: string[] = [];
    for (const command of rest) {
      const outcome = await folder.run(command);
      expect(outcome, outcome.printed).toMatchObject({ code: 0 });
      printed.push(outcome.printed);
    }
    const asked = rest.findIndex((command) => command.includes("curl"));
    expect(printed[asked]).toMatch(/^web asked: hello from greeter-/m);
  });
});
