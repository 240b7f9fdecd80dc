import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServedApi, serveApi } from "./served-api.ts";

let api: ServedApi;
beforeAll(async () => {
  api = await serveApi();
});
afterAll(() => api.close());

function run(program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const env = { ...process.env, KUBECONFIG: api.kubeconfig, ...more };
  return new Promise<{ code: number; output: string }>((resolve) => {
    execFile(program, args, { env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

/** What `go test -c` makes of the folder `go`; `.ci/run` does so. */
const GO = process.env["KUBELANE_TEST_CLIENTS_GO"] ?? "";

/** Its tests, by the names that their source gives them. */
const goTests = readdirSync(join(import.meta.dirname, "go"))
  .filter((file) => file.endsWith("_test.go"))
  .flatMap((file) => readFileSync(join(import.meta.dirname, "go", file), "utf8").split("\n"))
  .flatMap((line) => /^func (Test\w+)\(/.exec(line)?.[1] ?? []);

describe("client-go and controller-runtime", () => {
  it.each(goTests)(
    "%s",
    { skip: GO === "" && "KUBELANE_TEST_CLIENTS_GO names no built test/api/clients/go" } as {
      skip: boolean;
    },
    async (name) => {
      const { code, output } = await run(GO, ["-test.v", `-test.run=^${name}$`]);
      expect(output).toContain(`--- PASS: ${name}`);
      expect(code).toBe(0);
    },
  );
});

/** Where pip has put the package `kubernetes`; `.ci/run` does so. */
const PYTHONPATH = process.env["KUBELANE_TEST_PYTHONPATH"] ?? "";

describe("the Python client", () => {
  it(
    "watches, patches, applies, reads logs, runs commands and connects",
    {
      skip: PYTHONPATH === "" && "KUBELANE_TEST_PYTHONPATH names no folder with kubernetes",
    } as { skip: boolean },
    async () => {
      const program = join(import.meta.dirname, "client.py");
      const { code, output } = await run("python3", [program], { PYTHONPATH });
      expect(output.split("\n").at(-2), output).toBe("all as expected");
      expect(code).toBe(0);
    },
  );
});
