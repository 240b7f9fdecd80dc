import { execFile, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import { freePort } from "../support/free-port.ts";
import { RunningUp } from "../support/up.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../examples");
const MAIN = resolve(import.meta.dirname, "../../dist/bin/kubelane.cjs");
const hasCurl = spawnSync("curl", ["--version"]).status === 0;

/** What the commands of each README print, one after the other. */
const EXPECTED: Record<string, readonly RegExp[]> = {
  pulse: [/^pulse[123]\n$/, /^pulse[123]\n$/, /^pulse[123]\n$/],
  "node-port": [/^Hello from hello-[a-z0-9]+-[a-z0-9]+\n$/],
  "two-namespaces": [/^shop\/web asked billing\/invoices asked shop\/prices\n$/],
  canary: [
    /^ +\d+ (canary|stable)\n( +\d+ stable\n)?$/,
    /^canary\n$/,
    /^NAME .*\ngreeter-canary-\S+ .*\n$/,
  ],
  stateful: [
    /^(ring\.default\.svc\.cluster\.local\. 5 IN A 10\.244\.\d+\.\d+\n){3}$/,
    /^ring-1 is member 1\n$/,
    /^ring-[012] is member [012]\n$/,
  ],
  cron: [/^\d{4}-\d\d-\d\dT.*Z\n$/, /clock-/],
};

/** The commands of a README's `sh` blocks; the first one starts `up`. */
function commandsOf(example: string): string[] {
  const readme = readFileSync(join(EXAMPLES, example, "README.md"), "utf8");
  return [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block.split("\n").filter((line) => line !== ""),
  );
}

/** A folder in which `kubelane` is the built one. */
function binFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kubelane-bin-"));
  const script = join(folder, "kubelane");
  writeFileSync(script, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
  chmodSync(script, 0o755);
  return folder;
}

it("every example that runs pods has its expectations here", () => {
  const runnable = readdirSync(EXAMPLES).filter((name) =>
    existsSync(join(EXAMPLES, name, "kubelane.yaml")),
  );
  // What needs more than Node has a test of its own.
  expect(runnable.sort()).toEqual([...Object.keys(EXPECTED), "shop", "ci"].sort());
});

const controllers = standardControllers({}).map(({ name }) => name);
/** An example waits for the controller of its workload. */
const NEEDS: Record<string, RegExp> = { stateful: /^stateful/ };
const runnable = Object.entries(EXPECTED).filter(
  ([name]) => NEEDS[name] === undefined || controllers.some((each) => NEEDS[name]?.test(each)),
);

// Needs curl: the READMEs show it.
describe.runIf(hasCurl).each(runnable)("the example %s", (example, expected) => {
  let up: RunningUp;
  let gateway: number;
  const bin = binFolder();
  const [first = "", ...commands] = commandsOf(example);

  beforeAll(async () => {
    gateway = await freePort();
    process.env["HTTP_PROXY"] = `http://127.0.0.1:${gateway}`;
    const args = first.replace(`kubelane up -f examples/${example}`, "").trim();
    expect(args).toBe("");
    up = new RunningUp([
      ...["-f", join(EXAMPLES, example)],
      ...["--dns", "127.0.0.1:0", "--gateway", `127.0.0.1:${gateway}`],
    ]);
    delete process.env["HTTP_PROXY"];
    await up.ready();
  }, 180_000);

  afterAll(async () => {
    await up.stop();
    rmSync(bin, { recursive: true, force: true });
  });

  it.each(commands.map((command, i) => [command, expected[i]] as const))(
    "does what %s shows",
    async (command, output) => {
      const line = command.replaceAll(":8080", `:${gateway}`);
      const env = { ...up.env, PATH: `${bin}${delimiter}${process.env["PATH"]}` };
      const { stdout } = await promisify(execFile)(
        "sh",
        ["-c", line.replaceAll("curl ", "curl -sS ")],
        { env },
      );
      expect(stdout).toMatch(output ?? /unexpected command/);
    },
  );
});
