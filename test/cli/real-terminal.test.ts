import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { Terminal } from "../support/tmux.ts";
import { describeWith } from "../support/tools.ts";

const MAIN = resolve(import.meta.dirname, "../../dist/bin/kubelane.cjs");

const MANIFEST = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  clusterIP: 10.96.0.50
  selector: { app: web }
  ports: [{ port: 80 }]
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  app: pulse-api
`;

let folder: string;
let env: Record<string, string>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-terminal-"));
  writeFileSync(join(folder, "all.yaml"), MANIFEST);
  env = { KUBELANE_RUNTIME_DIR: join(folder, "run"), KUBELANE: `${process.execPath} ${MAIN}` };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Case {
  readonly line: string;
  readonly shows: RegExp;
  readonly code: number;
  /** Whether there are colours in the data. */
  readonly colors?: true;
  /** Whether findings in the manifests are told beside the data, in colours. */
  readonly findings?: true;
}

/** A line for each command that ends by itself. */
const CASES: readonly Case[] = [
  { line: "get svc -f all.yaml", shows: /web +ClusterIP +10\.96\.0\.50/, code: 0, findings: true },
  { line: "describe svc/web -f all.yaml", shows: /near misses|trouble/, code: 0, colors: true },
  { line: "resolve web -f all.yaml", shows: /IN A 10\.96\.0\.50/, code: 0, findings: true },
  { line: "trace web -f all.yaml", shows: /wrong: default\/web selects/, code: 1, colors: true },
  { line: "match app=web app=api", shows: /no match: app=web/, code: 1 },
  { line: "check all.yaml", shows: /\[label-misplaced\]/, code: 1, colors: true },
  { line: "config view", shows: /clusterDomain +cluster\.local/, code: 0 },
  { line: "completion bash", shows: /complete -F _kubelane kubelane/, code: 0 },
  { line: "version", shows: /kubelane \d+\.\d+\.\d+/, code: 0 },
];

/** Those with a life of their own, tried in up.test.ts, run.test.ts, kubeconfig.test.ts, trust-steps.test.ts, init.test.ts, verbs.test.ts and test/shell. */
const ELSEWHERE = [
  ...["up", "run", "shell", "kubeconfig", "trust", "resolver", "init"],
  ...["logs", "exec", "wait", "restart", "scale", "attach", "down"],
];

describe("every command, through a pipe", () => {
  it("is here", () => {
    const here = CASES.map(({ line }) => line.split(" ")[0]);
    expect(COMMANDS.map(({ name }) => name).filter((name) => !ELSEWHERE.includes(name))).toEqual(
      here,
    );
  });

  it.each(CASES)("$line", ({ line, shows, code, colors }) => {
    const run = (more: Record<string, string>, words = line) =>
      spawnSync(process.execPath, [MAIN, ...words.split(" ")], {
        cwd: folder,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], ...env, ...more },
      });
    const plain = run({});
    expect(plain.status).toBe(code);
    expect(plain.stdout).toMatch(shows);
    expect(plain.stdout + plain.stderr).not.toContain("\x1b");
    expect(run({ FORCE_COLOR: "1", NO_COLOR: "1" }).stdout).not.toContain("\x1b");
    const coloured = run({}, `--color always ${line}`).stdout;
    expect(coloured.includes("\x1b[")).toBe(colors === true);
  });

  it("ends quietly when nobody reads on", () => {
    const { status, stderr } = spawnSync("sh", ["-c", "$KUBELANE completion bash | head -1"], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], ...env },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describeWith(["tmux"], "every command, in a terminal", () => {
  it("run, which says what to start first", async () => {
    const terminal = new Terminal("sh", folder, env);
    try {
      terminal.type('$KUBELANE run deploy/web -- true; echo "ended $?."', "Enter");
      const screen = await terminal.until(/^ended \d+\.$/m);
      expect(screen).toContain("start one in another terminal: kubelane up -f k8s/");
      expect(screen).toContain("ended 3.");
    } finally {
      terminal.close();
    }
  });

  it.each(CASES)("$line", async ({ line, shows, code, colors, findings }) => {
    const terminal = new Terminal("sh", folder, env);
    try {
      terminal.type(`$KUBELANE ${line}; echo "ended $?."`, "Enter");
      const screen = await terminal.until(/^ended \d+\.$/m);
      expect(screen).toMatch(shows);
      expect(screen).toContain(`ended ${code}.`);
      expect(terminal.screen({ escapes: true }).includes("\x1b[")).toBe(
        colors === true || findings === true,
      );
    } finally {
      terminal.close();
    }
  });

  it("without colours where NO_COLOR is set", async () => {
    const terminal = new Terminal("sh", folder, { ...env, NO_COLOR: "1" });
    try {
      terminal.type('$KUBELANE check all.yaml; echo "ended $?."', "Enter");
      await terminal.until(/^ended \d+\.$/m);
      expect(terminal.screen({ escapes: true })).not.toContain("\x1b[");
    } finally {
      terminal.close();
    }
  });

  it("up serves until Ctrl-C, and get -w follows it until Ctrl-C", async () => {
    const up = new Terminal("sh", folder, env);
    const watch = new Terminal("sh", folder, env);
    try {
      up.type(
        '$KUBELANE up -f all.yaml --dns off --gateway off --no-relays; echo "ended $?."',
        "Enter",
      );
      await up.until(/ready after|Ctrl-C|q quit/);
      watch.type('$KUBELANE get svc -w; echo "ended $?."', "Enter");
      await watch.until(/web +ClusterIP/);
      watch.type("C-c");
      await watch.until(/ended 130\.$/m);
      up.type("C-c");
      await up.until(/ended 130\.$/m);
    } finally {
      up.close();
      watch.close();
    }
  });

  it("up shows the lines of a chosen pod, restarts it, and keeps its table in a narrower terminal", async () => {
    const program = [
      'for (let i = 0; i < 40; i++) console.log("run " + process.pid + " line " + i + ".");',
      'console.log("\\x1b]0;owned\\x07");',
      "setInterval(() => {}, 1e6);",
    ].join(" ");
    const command = JSON.stringify([process.execPath, "-e", program]);
    const pod = `apiVersion: v1
kind: Pod
metadata: { name: talker, labels: { app: talker } }
spec: { containers: [{ name: main, image: a }] }
---
apiVersion: v1
kind: Service
metadata: { name: talker }
spec: { selector: { app: talker }, ports: [{ port: 80 }] }
`;
    writeFileSync(join(folder, "talker.yaml"), pod);
    writeFileSync(
      join(folder, "talker.config.yaml"),
      `manifests: [talker.yaml]\nrun: { pod/talker: { command: ${command} } }\n`,
    );
    const { KUBELANE: kubelane = "", ...rest } = env;
    const up = new Terminal("sh", folder, { ...rest, KL: kubelane });
    try {
      up.type(
        '$KL up --config talker.config.yaml --dns off --gateway off --network host --no-relays; echo "ended $?."',
        "Enter",
      );
      await up.until(/^SERVICE +READY[\s\S]*^h help$/m);
      up.type("h");
      await up.until(/R restart the pod/);
      up.type("Down", "Enter");
      await up.until(/^default\/talker +1\/1 +Running/m);
      up.type("Down", "Enter");
      const lines = await up.until(/^default\/talker: Running; 41 lines *$/m);
      expect(lines).toMatch(/ line 39\. *\n\\x1b\]0;owned\\x07 *\n/);
      const [, run] = /run (\d+) line/.exec(lines)!;
      up.type("PageUp");
      await up.until(/41 lines, \d+ below/);
      up.type("/", "line 7.", "Enter");
      const only = await up.until(/^only lines with line 7\./m);
      expect(only.match(/run \d+ line/g)).toEqual([`run ${run} line`]);
      up.type("Escape");
      await up.until(/line 39\./);
      up.type("R");
      const again = await up.until(/; 82 lines *$/m);
      expect(again).not.toContain(`run ${run} line 39.`);
      up.type("q");
      await up.until(/^talker \| run \d+ line 39\.[\s\S]*^POD +READY/m);
      up.resize(40, 20);
      await up.until(/^arrows choose *$/m);
      up.type("Escape");
      const narrow = await up.until(/^SERVICE +READY/m);
      expect(narrow.match(/^SERVICE/gm)).toHaveLength(1);
      expect(narrow).not.toMatch(/^POD +READY/m);
      up.type("C-c");
      await up.until(/ended 130\.$/m);
    } finally {
      up.close();
    }
  });
});
