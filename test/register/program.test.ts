import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtPackage } from "../support/built-package.ts";

let folder: string;
let server: http.Server;

beforeAll(async () => {
  folder = builtPackage();
  server = http.createServer((_request, response) => response.end("the pod"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  mkdirSync(join(folder, "k8s"));
  mkdirSync(join(folder, "elsewhere"));
  writeFileSync(
    join(folder, "k8s/service.yaml"),
    `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: ${port} }] }
---
apiVersion: v1
kind: Service
metadata: { name: also, namespace: shop }
spec: { type: ExternalName, externalName: web.shop.svc.cluster.local }
`,
  );
  writeFileSync(
    join(folder, "k8s/pod.yaml"),
    `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: web }] }
status:
  phase: Running
  podIP: 127.0.0.1
  conditions: [{ type: Ready, status: "True" }]
`,
  );
}, 180_000);

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs a program in the package's folder as users do. */
async function run(
  program: string,
  { env = {}, name = "app.mjs" }: { env?: NodeJS.ProcessEnv; name?: string } = {},
): Promise<Outcome> {
  writeFileSync(join(folder, name), program);
  const options = {
    cwd: folder,
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      KUBELANE: "k8s",
      KUBELANE_RUNTIME_DIR: join(folder, "run"),
      ...env,
    },
  };
  const args = ["--import", "kubelane/register", name];
  return promisify(execFile)(process.execPath, args, options).then(
    (done) => ({ ...done, code: 0 }),
    (error) => error as Outcome,
  );
}

const FETCH = `fetch("http://web.shop.svc.cluster.local/").then((response) => response.text())`;
const CODE = `.catch((error) => error.cause.code)`;

describe("node --import kubelane/register", () => {
  it("takes its objects from the paths of KUBELANE", async () => {
    const env = { KUBELANE: ["k8s/service.yaml", "k8s/pod.yaml"].join(delimiter) };
    const { stdout, stderr } = await run(`console.log(await ${FETCH})`, { env });
    expect({ stdout, stderr }).toEqual({ stdout: "the pod\n", stderr: "" });
  });

  it("serves CommonJS programs, whatever they took out of the modules before", async () => {
    const program = `
      const { get } = require("node:http");
      const { lookup } = require("node:dns");
      get("http://web.shop.svc.cluster.local/", (response) => {
        response.setEncoding("utf8").on("data", console.log);
      });
      lookup("web.shop.svc.cluster.local", { family: 4 }, (error, address, family) => {
        console.log(error, /^10\\.\\d+\\.\\d+\\.\\d+$/.test(address), family);
      });`;
    const { stdout } = await run(program, { name: "app.cjs" });
    expect(stdout.split("\n").sort()).toEqual(["", "null true 4", "the pod"]);
  });

  it("keeps what a program does to its first socket while objects are still read", async () => {
    const program = `
      import { connect } from "node:net";
      import { text } from "node:stream/consumers";
      const socket = connect(80, "web.shop.svc.cluster.local");
      socket.end("GET / HTTP/1.0\\r\\n\\r\\n");
      const given = connect({ host: "web.shop.svc.cluster.local", port: 80 });
      given.on("error", () => {}).destroy();
      console.log((await text(socket)).split("\\r\\n").at(-1), given.destroyed);`;
    expect((await run(program)).stdout).toBe("the pod true\n");
  });

  it("does not start a program whose KUBELANE can't be read", async () => {
    const { code, stderr, stdout } = await run(`console.log("started")`, {
      env: { KUBELANE: `k8s${delimiter}absent` },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /ManifestPathError: KUBELANE names what can.t be read: .*absent: there is no such file or folder/,
    );
  });

  it("follows a Service that is another name for one of ours", async () => {
    const { stdout } = await run(`console.log(await ${FETCH.replace("web.shop", "also.shop")})`);
    expect(stdout).toBe("the pod\n");
  });

  it("is off inside bypass(), and on again after it, with connections kept", async () => {
    const { stdout } = await run(`
      import { bypass } from "kubelane/register";
      import { lookup } from "node:dns/promises";
      const results = [await ${FETCH}];
      results.push(await bypass(async () => {
        await null;
        return ${FETCH}${CODE};
      }));
      results.push(await bypass(() => lookup("web.shop.svc.cluster.local").catch(({ code }) => code)));
      results.push(await ${FETCH});
      console.log(JSON.stringify(results));`);
    const [before, within, name, after] = JSON.parse(stdout);
    expect([before, after]).toEqual(["the pod", "the pod"]);
    // As this machine's own DNS says it.
    expect(within).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
    expect(name).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it("leaves other names to the system, Services of that name or not", async () => {
    const { stdout } = await run(`
      import dns from "node:dns";
      import { promisify } from "node:util";
      const all = await dns.promises.lookup("localhost", { all: true });
      console.log(JSON.stringify([all, await promisify(dns.lookup)("127.0.0.1"), dns.lookup.name]));
      await dns.promises.lookup("web.shop.example").catch(({ cause }) => console.log(cause));`);
    const [first, second] = stdout.split("\n");
    const [all, literal, name] = JSON.parse(first!);
    expect(all).toContainEqual({ address: "127.0.0.1", family: 4 });
    expect(literal).toEqual({ address: "127.0.0.1", family: 4 });
    expect(name).toBe("lookup");
    expect(second).toBe("undefined");
  });

  it("reaches into child processes, in other folders too, and keeps NODE_OPTIONS", async () => {
    const program = `
      import { spawnSync } from "node:child_process";
      const script = 'console.log(process.env.NODE_OPTIONS); ${FETCH.replaceAll('"', '\\"')}.then(console.log)';
      const options = { cwd: "elsewhere", encoding: "utf8" };
      const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], options);
      console.log(stdout, stderr);`;
    const env = { NODE_OPTIONS: "--max-old-space-size=512 --no-warnings" };
    const { stdout } = await run(program, { env });
    expect(stdout).toMatch(
      /^--max-old-space-size=512 --no-warnings --import=file:\/\/\S+\/register\/index\.js\nthe pod\n/,
    );
  });

  it("reaches into grandchildren without naming itself twice", async () => {
    const program = `
      import { execFileSync } from "node:child_process";
      if (process.argv[2] === "2") console.log(process.env.NODE_OPTIONS, await ${FETCH});
      else {
        const depth = String(Number(process.argv[2] ?? 0) + 1);
        console.log(execFileSync(process.execPath, ["app.mjs", depth], { encoding: "utf8" }).trim());
      }`;
    const { stdout } = await run(program);
    expect(stdout).toMatch(/^--import=file:\S+ the pod\n$/);
  });

  it("reaches into worker threads", async () => {
    const program = `
      import { Worker, isMainThread, parentPort } from "node:worker_threads";
      if (isMainThread) new Worker(new URL(import.meta.url)).on("message", console.log);
      else parentPort.postMessage(await ${FETCH});`;
    expect((await run(program)).stdout).toBe("the pod\n");
  });

  it("says what to do when there is nothing to take objects from", async () => {
    const program = `await ${FETCH}.catch(({ cause }) => console.log(cause.code, cause.cause.message));`;
    const { stdout } = await run(program, { env: { KUBELANE: "" } });
    expect(stdout).toMatch(/^ENOTFOUND no kubelane up runs for this folder: start one, or /);
  });
});
