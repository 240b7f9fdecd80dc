import { resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { kubelane } from "../support/terminal.ts";
import { Terminal } from "../support/tmux.ts";
import { describeWith } from "../support/tools.ts";
import { RunningUp } from "../support/up.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const MAIN = resolve(ROOT, "dist/cli/main.js");

const MANIFESTS = resolve(ROOT, "examples/pulse");

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
    }, 30_000);
    afterAll(() => up.stop());

    it.each(["bash", "zsh", "fish", "sh"])(
      "marks the prompt of %s, which has the keys",
      async (shell) => {
        const line = `SHELL=$(command -v ${shell}) ${process.execPath} ${MAIN} shell -n default; echo "ended with $?"; read rest; echo "read $rest"; sleep 1000`;
        const { KUBELANE_RUNTIME_DIR: folder = "" } = up.env;
        const terminal = new Terminal(line, ROOT, { KUBELANE_RUNTIME_DIR: folder });
        try {
          await terminal.until(/\(kubelane default\)/);
          terminal.type("curl -s http://pulse-service/", "Enter");
          await terminal.until(/^pulse\d/m);
          terminal.type("sleep 1000", "Enter");
          terminal.type("C-c");
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
