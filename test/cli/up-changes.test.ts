import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunningUp } from "../support/up.ts";

const QUICK = ["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays"];

let folder: string;
let up: RunningUp | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-changes-"));
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
const service = (name: string, port: number | string = 80) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: ${port} }] }\n`;

async function start(args: readonly string[] = []): Promise<RunningUp> {
  up = new RunningUp([...QUICK, ...args], { cwd: folder });
  return up.ready();
}
const services = (of: RunningUp) => async () =>
  (await of.command("get", "svc", "-o", "name")).stdout.split("\n").filter(Boolean).join(" ");

describe("kubelane up while kubelane.yaml changes", () => {
  beforeEach(() => {
    write("one/web.yaml", service("web"));
    write("two/api.yaml", service("api"));
    write("kubelane.yaml", "manifests: [one]\n");
  });

  it("serves the manifests that it names now, and follows them", async () => {
    const running = await start();
    write("kubelane.yaml", "manifests: [two, three]\n");
    await running.until(({ stderr }) =>
      stderr.includes("kubelane.yaml: other manifests are served"),
    );
    expect(running.stderr).toContain("three:1:1: error: can't be read");
    expect(await services(running)()).toBe("service/api");
    write("three/late.yaml", service("late"));
    await expect.poll(services(running), { timeout: 10_000 }).toBe("service/api service/late");
  });

  it("goes on with the last ones when it names none, or breaks", async () => {
    const running = await start();
    write("kubelane.yaml", "manifests: []\n");
    await running.until(({ stderr }) => stderr.includes("it names no manifests"));
    write("kubelane.yaml", "manifests: [\n");
    await running.until(({ stderr }) => /kubelane\.yaml:\d+:\d+: error/.test(stderr));
    expect(await services(running)()).toBe("service/web");
  });

  it("keeps to those of the command line", async () => {
    const running = await start(["-f", "two"]);
    write("kubelane.yaml", "manifests: [one, two]\nbackOff: { base: 1 }\n");
    await running.until(({ stderr }) =>
      stderr.includes("another backOff takes effect after a restart"),
    );
    expect(running.stderr).not.toContain("other manifests");
    expect(await services(running)()).toBe("service/api");
  });
});

describe("kubelane up while manifests change", () => {
  it("says so when a file that was broken is whole again", async () => {
    write("k8s/web.yaml", service("web"));
    const running = await start(["-f", "k8s"]);
    write("k8s/web.yaml", service("web", "[80"));
    await running.until(({ stderr }) => /web\.yaml:\d+:\d+: error/.test(stderr));
    write("k8s/web.yaml", service("web"));
    await running.until(({ stderr }) => stderr.includes("k8s/web.yaml: no findings any more\n"));
  });
});
