import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubelane } from "../support/terminal.ts";
import { PATIENCE, RunningUp } from "../support/up.ts";

let folder: string;
let up: RunningUp | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-targets-"));
});
afterEach(async () => {
  await up?.stop();
  up = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, text: string) => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const deployment = (namespace: string, name: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name}, namespace: ${namespace} }\n` +
  `spec: { selector: { matchLabels: { app: ${name} } }, template: { metadata: { labels: { app: ${name} } }, spec: { containers: [{ name: a, image: a, ports: [{ containerPort: 80 }] }] } } }\n` +
  `---\napiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: { selector: { app: ${name} }, ports: [{ port: 80 }] }\n`;
const config = (key: string) => `manifests: [k8s]\nattach:\n  ${key}: 127.0.0.1:1\n`;
const command = (...words: string[]) =>
  kubelane(words, { cwd: folder, env: { KUBELANE_RUNTIME_DIR: join(folder, "none") } });

const start = async (...args: string[]) => {
  up = new RunningUp(["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays", ...args], {
    cwd: folder,
  });
  return up.ready();
};

const TYPO =
  "kubelane.yaml:3:3: error: there is no Deployment apl in any namespace, so no pod runs by this [config-no-match]";

describe("an entry of kubelane.yaml that means nothing", () => {
  beforeEach(() => {
    write("k8s/api.yaml", deployment("shop", "api"));
    write("kubelane.yaml", config("deploy/apl"));
  });

  it("is found by check, with its place and the nearest name", async () => {
    const { code, stdout } = await command("check");
    expect(stdout).toContain(TYPO);
    expect(stdout).toContain("hint: did you mean shop/deploy/api?");
    expect(code).toBe(1);
  });

  it("is told by config view", async () => {
    const { code, stderr } = await command("config", "view");
    expect(stderr).toContain(TYPO);
    expect(code).toBe(1);
  });

  it("is told by up at its start, and after each change", async () => {
    const running = await start();
    await running.until(({ stderr }) => stderr.includes(TYPO));
    write("k8s/apl.yaml", deployment("shop", "apl"));
    await running.until(({ stderr }) => stderr.includes("kubelane.yaml: no findings any more"));
    write("k8s/other.yaml", deployment("blog", "apl"));
    await running.until(({ stderr }) =>
      stderr.includes("there is a Deployment apl in each of the namespaces blog, shop"),
    );
    write("kubelane.yaml", config("blog/deploy/apl"));
    await running.until(({ stderr }) => stderr.split("no findings any more").length === 3);
  });
});

describe("a workload that is named without its namespace", () => {
  it("is the only one of that name, wherever it is", async () => {
    write("k8s/api.yaml", deployment("shop", "api"));
    write("kubelane.yaml", config("deploy/api"));
    const running = await start();
    const pods = async () =>
      (await running.command("get", "pods", "-n", "shop", "-o", "json")).stdout;
    await expect.poll(pods, PATIENCE).toContain('"hostIP": "127.0.0.1"');
    expect(running.stderr).not.toContain("error");
    expect((await command("check")).code).toBe(0);
  });

  it("is what run stands for, and where it is is said", async () => {
    write("k8s/api.yaml", deployment("shop", "api"));
    write("k8s/web.yaml", `${deployment("shop", "web")}---\n${deployment("blog", "web")}`);
    const running = await start("-f", "k8s");
    const done = [process.execPath, "-e", "console.log(process.env.POD_NAMESPACE)"];
    const { code, stdout, stderr } = await running.command("run", "deploy/api", "--", ...done);
    expect(stderr).toMatch(/^shop\/api-/m);
    expect(stdout).toBe("shop\n");
    expect(code).toBe(0);
    const several = await running.command("run", "deploy/web", "--", ...done);
    expect(several.code).toBe(1);
    expect(several.stderr).toContain("Deployment web is in each of the namespaces blog, shop");
    expect(several.stderr).toContain("-n blog");
    const elsewhere = await running.command("run", "-n", "blog", "deploy/api", "--", ...done);
    expect(elsewhere.stderr).toContain("there is one in namespace shop: add -n shop");
  });

  it.each([
    [["describe", "deploy/api"], "there is one in namespace shop: add -n shop"],
    [["describe", "deploy/web"], "there is one in each of the namespaces blog, shop"],
    [["resolve", "api"], "shop"],
    [["trace", "api"], "shop"],
  ])("is told by %j with where it is", async (words, expected) => {
    write("k8s/api.yaml", deployment("shop", "api"));
    write("k8s/web.yaml", `${deployment("shop", "web")}---\n${deployment("blog", "web")}`);
    const { code, stdout, stderr } = await command(...words, "-f", join(folder, "k8s"));
    expect(stdout + stderr).toContain(expected);
    expect(code).toBe(1);
  });
});

describe("a path that nothing is at", () => {
  it.each(["typo/", "typo.yaml", "typo/*.yaml"])("%s is refused by up", async (path) => {
    const { code, stderr } = await command("up", "-f", path);
    expect(stderr).toContain(`there is no such file or folder: ${path}`);
    expect(stderr).toContain("--allow-missing");
    expect(code).toBe(3);
  });

  it("is waited for with --allow-missing", async () => {
    write("k8s/web.yaml", deployment("shop", "web"));
    const running = await start("-f", "k8s", "-f", "later", "--allow-missing");
    write("later/api.yaml", deployment("shop", "api"));
    const services = async () =>
      (await running.command("get", "svc", "-n", "shop", "-o", "name")).stdout;
    await expect.poll(services, PATIENCE).toBe("service/api\nservice/web\n");
  });
});
