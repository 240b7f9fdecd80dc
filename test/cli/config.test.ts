import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubelane } from "../support/terminal.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kubelane-config-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const view = (...words: string[]) =>
  kubelane(["config", "view", ...words], {
    cwd: join(folder, "below"),
    env: { KUBELANE_RUNTIME_DIR: "/run/me", NO_COLOR: "1" },
  });

describe("kubelane config view", () => {
  beforeEach(() => mkdirSync(join(folder, "below")));

  it("says of each value which line, variable or default it is from", async () => {
    writeFileSync(
      join(folder, "kubelane.yaml"),
      "apiServer: 127.0.0.1:6443\nmanifests: [k8s/]\nrun:\n  deploy/api: { command: [node, a.js], env: { A: b }, replicas: 2 }\n" +
        "attach:\n  deploy/web: [127.0.0.1:3000]\n",
    );
    mkdirSync(join(folder, "k8s"));
    const named = ["api", "web"].map(
      (name) =>
        `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name} }\n` +
        `spec: { selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: a, image: a }] } } }\n`,
    );
    writeFileSync(join(folder, "k8s/all.yaml"), named.join("---\n"));
    const file = join(folder, "kubelane.yaml");
    const { code, stdout } = await view("--show-origin", "-o", "json");
    expect(code).toBe(0);
    const settings = JSON.parse(stdout) as { name: string; value: string; origin: string }[];
    const rows = new Map(settings.map(({ name, value, origin }) => [name, [value, origin]]));
    expect(rows.get("file")).toEqual([file, "found here or above"]);
    expect(rows.get("manifests")).toEqual([join(folder, "k8s"), `${file}:2:1`]);
    expect(rows.get("run.deploy/api.command")).toEqual(['["node","a.js"]', `${file}:4:17`]);
    expect(rows.get("apiServer")).toEqual(["127.0.0.1:6443", `${file}:1:1`]);
    expect(rows.get("run.deploy/api.env.A")?.[0]).toBe("b");
    expect(rows.get("run.deploy/api.replicas")?.[0]).toBe("2");
    expect(rows.get("attach.deploy/web")).toEqual(['["127.0.0.1:3000"]', `${file}:6:3`]);
    expect(rows.get("sockets")).toEqual(["/run/me", "KUBELANE_RUNTIME_DIR in the environment"]);
    expect(rows.get("color")?.[1]).toBe("NO_COLOR in the environment");
    expect(rows.get("service range")).toEqual(["10.96.0.0/12", "default"]);
  });

  it("prints names and values alone unless asked", async () => {
    const { stdout } = await view();
    expect(stdout).toMatch(/^clusterDomain +cluster\.local$/m);
    expect(stdout).not.toContain("in the environment");
    expect((await view("--show-origin")).stdout).toMatch(
      /^file +none +no kubelane.yaml here or above$/m,
    );
  });

  it("refuses a config that says something wrong", async () => {
    writeFileSync(join(folder, "kubelane.yaml"), "manifest: [k8s/]\n");
    const { code, stderr } = await view();
    expect(code).toBe(3);
    expect(stderr).toContain("did you mean manifests?");
  });

  it.each([
    [["config", "veiw"], "Did you mean view?"],
    [["config"], "missing required argument"],
  ])("%j", async (argv, message) => {
    const { code, stderr } = await kubelane(argv);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
