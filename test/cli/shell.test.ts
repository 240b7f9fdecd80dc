import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { kubelane } from "../support/terminal.ts";
import { Terminal } from "../support/tmux.ts";
import { describeWith } from "../support/tools.ts";
import { RunningUp } from "../support/up.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const MAIN = resolve(ROOT, "dist/bin/kubelane.cjs");

const MANIFESTS = resolve(ROOT, "examples/pulse");

/** The marked prompt on the last line, with nothing typed yet. */
const PROMPT = /\(kubelane default\)[^\n]*[#$%>]\s*$/;

describeWith(
  ["tmux", "script", "unshare", "ip", "bash", "zsh", "fish"],
  "kubelane shell on a terminal",
  () => {
    let up: RunningUp;

    beforeAll(async () => {
      up = await new RunningUp([
        "-f",
        MANIFESTS,
        "--dns",
        "off",
        "--gateway",
        "127.0.0.1:0",
      ]).ready();
    }, 180_000);
    afterAll(() => up.stop());

    it.each(["bash", "zsh", "fish", "sh"])(
      "marks the prompt of %s, which has the keys",
      async (shell) => {
        const line = `SHELL=$(command -v ${shell}) ${process.execPath} ${MAIN} shell -n default; echo "ended with $?"; read rest; echo "read $rest"; sleep 1000`;
        const { KUBELANE_RUNTIME_DIR: folder = "" } = up.env;
        const terminal = new Terminal(line, ROOT, { KUBELANE_RUNTIME_DIR: folder });
        try {
          await terminal.until(PROMPT);
          terminal.type("curl -s http://pulse-service/", "Enter");
          await terminal.until(/^pulse\d/m);
          // Typed before the shell has handed over the terminal, C-c would be for nobody.
          terminal.type("sh -c 'echo $$ has it; exec sleep 1000'", "Enter");
          await terminal.until(/\d+ has it/);
          terminal.type("C-c");
          await terminal.until(PROMPT);
          terminal.type("echo still $KUBELANE_SHELL", "Enter");
          await terminal.until(/^still default/m);
          terminal.type("exit 4", "Enter");
          // dash can't give the terminal back to a group that it does not see.
          await terminal.until(shell === "sh" ? /ended with [24]/ : /ended with 4/);
        } finally {
          terminal.close();
        }
      },
    );
  },
);

it("refuses to start inside a shell, with what to do instead", async () => {
  for (const argv of [["up"], ["run", "deploy/web", "--", "true"], ["shell", "--", "true"]]) {
    const { code, stderr } = await kubelane(argv, { env: { KUBELANE_SHELL: "shop" } });
    expect(code).toBe(2);
    expect(stderr).toContain("does not work inside a kubelane shell");
    expect(stderr).toContain("use another terminal");
  }
});

it.each([
  ["a\noptions ndots:1", "is no name of a namespace"],
  ["$(touch x)", "is no name of a namespace"],
  ["", "is no name of a namespace"],
])("refuses -n %j", async (namespace, message) => {
  const { code, stderr } = await kubelane(["shell", "-n", namespace, "--", "true"]);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});

it("says where the program begins when an option of it is taken for one of ours", async () => {
  const { code, stderr } = await kubelane(["shell", "ls", "-l"]);
  expect(stderr).toContain("write -- before the program: kubelane shell -- PROGRAM");
  expect(code).toBe(2);
});

it("says in a sentence that the working folder, or the runtime folder, can't be used", () => {
  const folder = mkdtempSync(join(tmpdir(), "kubelane-gone-"));
  try {
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" get services';
    const gone = spawnSync("sh", ["-c", script, process.execPath, MAIN], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(gone.stderr).toBe("kubelane: the working folder is gone\n  cd to another one first\n");
    expect(gone.status).toBe(3);

    writeFileSync(join(folder, "file"), "");
    const none = spawnSync(process.execPath, [MAIN, "shell", "--", "true"], {
      cwd: folder,
      env: { ...process.env, KUBELANE_RUNTIME_DIR: join(folder, "file/run") },
      encoding: "utf8",
    });
    // A machine without namespaces says that first.
    if (!none.stderr.startsWith("kubelane: this machine gives")) {
      expect(none.stderr).toMatch(
        /^kubelane: the runtime folder \S+ can't be made \(.*\); set KUBELANE_RUNTIME_DIR to one that can\n$/,
      );
      expect(none.status).toBe(3);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
